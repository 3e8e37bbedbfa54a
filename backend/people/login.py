"""Log-in by WeChat: whoever comes is a resident; membership is claimed and approved elsewhere."""

from datetime import datetime, timedelta

import peewee as pw

from backend.core.crypto import new_public_id
from backend.core.database import in_unit_of_work
from backend.people.access import issue_token
from backend.people.identity import phone_index
from backend.people.models import Account, WeChatIdentity
from backend.wechat.visitor import Visitor

NEW_ACCOUNT_NAME = "微信用户"
SEEN_TO = timedelta(days=1)  # finer would tell more of a person than anybody needs


def log_in(
    visitor: Visitor, channel: str, device: str | None = None, *, now: datetime
) -> tuple[Account, str, datetime]:
    """The account of this visitor (made on first sight), a new token and the instant it ends."""

    def work() -> tuple[Account, str, datetime]:
        account = _account_of(visitor, now)
        token, expires_at = issue_token(account, channel, device=device, now=now)
        return account, token, expires_at

    try:
        return in_unit_of_work(work)
    except pw.IntegrityError:  # two first log-ins at once: the other one has made the account
        return in_unit_of_work(work)


def _account_of(visitor: Visitor, now: datetime) -> Account:
    identity: WeChatIdentity | None = WeChatIdentity.get_or_none(
        WeChatIdentity.appid == visitor.appid, WeChatIdentity.openid == visitor.openid
    )
    if identity is None:
        account = _same_person(visitor) or _new_account(now)
        _remember(account, visitor, now)
        return account
    identity.session_key = visitor.session_key
    identity.unionid = visitor.unionid or identity.unionid
    identity.visited_at = now
    identity.save()
    found: Account = identity.account
    if found.last_seen_at is None or now - found.last_seen_at >= SEEN_TO:
        Account.update(last_seen_at=now).where(Account.id == found.id).execute()
    return found


def _same_person(visitor: Visitor) -> Account | None:
    """The account that came through another app of ours: one unionid is one person."""
    if visitor.unionid is None:
        return None
    twin = WeChatIdentity.get_or_none(WeChatIdentity.unionid == visitor.unionid)
    return twin.account if twin else None


def _new_account(now: datetime) -> Account:
    account: Account = Account.create(
        public_id=new_public_id(), display_name=NEW_ACCOUNT_NAME, created_at=now, last_seen_at=now
    )
    return account


def _remember(account: Account, visitor: Visitor, now: datetime) -> None:
    WeChatIdentity.create(
        account=account,
        appid=visitor.appid,
        openid=visitor.openid,
        unionid=visitor.unionid,
        session_key=visitor.session_key,
        visited_at=now,
    )


def bind_phone(account_id: int, phone: str) -> None:
    """Keep the phone number that the platform has verified, sealed and findable by its blind index."""

    def work() -> None:
        account = Account.get_by_id(account_id)
        account.phone = phone
        account.phone_index = phone_index(phone)
        account.save()

    in_unit_of_work(work)
