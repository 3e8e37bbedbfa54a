"""Where the platform finds a person."""

from collections.abc import Iterable

from backend.core.database import among, rows_of
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


def openids_of(account_ids: Iterable[int], appid: str) -> dict[int, str]:
    """The same for many accounts at once; those who never came there are missing."""
    rows = (
        WeChatIdentity.select(WeChatIdentity.account, WeChatIdentity.openid)
        .where(WeChatIdentity.account.in_(among(account_ids)), WeChatIdentity.appid == appid)
        .order_by(WeChatIdentity.visited_at)
    )
    return dict(rows_of(rows))
