"""What the people room knows of a person."""

from datetime import datetime
from typing import Any

from backend.core.crypto import opened
from backend.core.database import Record
from backend.core.errors import AppError, Conflict
from backend.people.consents.models import Consent
from backend.people.desk_logins.models import DeskLogin, DeskTicket
from backend.people.exemptions.models import MemberExemption
from backend.people.groupings.models import MemberTag
from backend.people.held import DELETED, Fate, Held, exporter
from backend.people.models import (
    AccessToken,
    Account,
    Member,
    Membership,
    Organization,
    OrganizationPost,
    WeChatIdentity,
)
from backend.people.posts import not_over


def export(account_id: int) -> dict[str, Any]:
    """The account, its log-ins, posts and consents, and the member it belongs to, numbers in full."""
    account = Account.get_by_id(account_id)
    return {
        "account": {
            "id": account.public_id,
            "display_name": account.display_name,
            "phone": opened(account.phone),
            "organization": account.organization.name if account.organization else None,
            "created_at": account.created_at,
            "last_seen_at": account.last_seen_at,
        },
        "wechat": _rows(WeChatIdentity, account_id, "appid", "openid", "unionid", "visited_at"),
        "logins": _rows(
            AccessToken, account_id, "channel", "device", "created_at", "last_seen_at", "expires_at", "revoked_at"
        ),
        "desk_login": _rows(DeskLogin, account_id, "username", "created_at", "locked_at"),
        "posts": _posts(account_id),
        "consents": _rows(Consent, account_id, "purpose", "version", "given", "at"),
        "member": _member(account_id),
        **exporter(HELD)(account_id),
    }


def _rows(table: type[Record], account_id: int, *columns: str) -> list[dict[str, Any]]:
    fields = [getattr(table, column) for column in columns]
    rows: Any = (
        table.select(*fields).where(table._meta.fields["account"] == account_id).order_by(table._meta.primary_key)
    )
    return list(rows.dicts())


def _posts(account_id: int) -> list[dict[str, Any]]:
    rows: Any = (
        OrganizationPost.select(
            OrganizationPost.role,
            OrganizationPost.starts_on,
            OrganizationPost.ends_on,
            Organization.name.alias("organization"),
        )
        .join(Organization)
        .where(OrganizationPost.account == account_id)
        .order_by(OrganizationPost.id)
    )
    return list(rows.dicts())


def _member(account_id: int) -> dict[str, Any] | None:
    member: Member | None = Member.get_or_none(Member.account == account_id)
    if member is None:
        return None
    return {
        "id": member.public_id,
        "name": member.name,
        "status": member.status,
        "identity_number": opened(member.identity),
        "phone": opened(member.phone),
        "joined_on": member.joined_on,
        "branch": member.organization.name,
        "memberships": _memberships(member.id),
    }


def _memberships(member_id: int) -> list[dict[str, Any]]:
    columns = (Membership.kind, Membership.since_on, Membership.until_on, Organization.name.alias("organization"))
    rows: Any = Membership.select(*columns).join(Organization).where(Membership.member == member_id)
    return list(rows.order_by(Membership.id).dicts())


ROSTER = "党组织对党员负有教育管理职责，名册和组织关系须由党组织保存（《中国共产党党员教育管理工作条例》）"
PROOF = "须能证明何时告知、何时同意（《个人信息保护法》第五十四、六十九条）"

EXEMPTIONS = Held("免于硬性要求", MemberExemption.member, DELETED, ("reason", "note", "state", "since_on", "until_on"))
HELD = (
    Held("微信身份", WeChatIdentity.account, DELETED),
    Held("电脑端账号", DeskLogin.account, DELETED),
    Held("登录凭证", AccessToken.account, DELETED),
    Held("电脑端登录", DeskTicket.account, DELETED),
    Held("党员名册", Member.account, Fate(ROSTER, {"account": None})),
    Held("组织关系", Membership.member, Fate(ROSTER)),
    EXEMPTIONS,
    Held("党支部的分组标签", MemberTag.member, Fate("党支部的工作分组"), ("organization", "tag")),
    Held("任职记录", OrganizationPost.account, Fate("任职是党组织的档案")),
    Held("授权记录", Consent.account, Fate(PROOF)),
)


def hinders_erasure(account_id: int, *, now: datetime) -> AppError | None:
    """Who holds a post lays it down first."""
    in_force = not_over(now.date())
    if OrganizationPost.select(OrganizationPost.id).where(OrganizationPost.account == account_id, in_force).exists():
        return Conflict("holds_post", "您还担任职务，请先请党组织办理免职，再申请注销")
    return None
