"""Where the platform finds a person."""

from backend.people.models import WeChatIdentity


def openid_of(account_id: int, appid: str) -> str | None:
    """The openid by which the platform reaches this account in one app; None when it never came there."""
    row = (
        WeChatIdentity.select(WeChatIdentity.openid)
        .where(WeChatIdentity.account == account_id, WeChatIdentity.appid == appid)
        .order_by(WeChatIdentity.visited_at.desc())
        .tuples()
        .first()
    )
    return row[0] if row else None
