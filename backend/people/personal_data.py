"""What the people room knows of a person."""

from typing import Any

from backend.core.crypto import opened
from backend.core.database import Record
from backend.people.consents.models import Consent
from backend.people.desk_logins.models import DeskLogin
from backend.people.models import (
    AccessToken,
    Account,
    Member,
    Membership,
    Organization,
    OrganizationPost,
    WeChatIdentity,
)


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
