"""To whom an order may be dispatched: members and volunteers of its branch who can log in, or the pool."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import peewee as pw

from backend.core.errors import Conflict, Invalid, invalid_field
from backend.people.models import Account, Member, Membership, OrganizationPost
from backend.people.permissions import HANDLER_ROLES
from backend.service.orders.loading import TARGET_MEMBER, Order
from backend.service.orders.schemas import OrderTarget


@dataclass(frozen=True)
class Target:
    """Where an order goes; no account for the pool."""

    kind: str
    account_id: int | None = None


def find_target(order: Order, wanted: OrderTarget, *, today: date, field: str = "target.id") -> Target:
    """The target that a dispatcher named; 422 when the branch has no such person, 409 for the requester."""
    if wanted.kind != TARGET_MEMBER:
        if wanted.id is None:
            return Target(wanted.kind)
        raise invalid_field(field, "unknown_team", "本支部没有这个服务队")
    account_id = _member_account(order, wanted.id or "", today, field)
    if account_id == order.requester_id:
        raise Conflict("own_order", "不能把工单派给提单人自己")
    return Target(wanted.kind, account_id)


def _member_account(order: Order, public_id: str, today: date, field: str) -> int:
    belongs = Membership.select(Membership.id).where(
        Membership.member == Member.id,
        Membership.organization == order.organization_id,
        Membership.since_on <= today,
        Membership.until_on.is_null() | (Membership.until_on >= today),
    )
    member: Member | None = (
        Member.select(Member.account)
        .where(
            Member.public_id == public_id,
            (Member.organization == order.organization_id) | pw.fn.EXISTS(belongs),
        )
        .first()
    )
    if member is None:
        return _volunteer_account(order, public_id, today, field)
    if member.account_id is None:
        raise invalid_field(field, "target_without_account", "这位党员还没有登录过小程序，无法接单，请改派")
    return int(member.account_id)


def _volunteer_account(order: Order, public_id: str, today: date, field: str) -> int:
    post: OrganizationPost | None = (
        OrganizationPost.select(OrganizationPost.account)
        .join(Account)
        .where(
            Account.public_id == public_id,
            OrganizationPost.organization == order.organization_id,
            OrganizationPost.role.in_(list(HANDLER_ROLES)),
            OrganizationPost.starts_on <= today,
            OrganizationPost.ends_on.is_null() | (OrganizationPost.ends_on >= today),
        )
        .first()
    )
    if post is None:
        raise _unknown_target(field)
    return int(post.account_id)


def person_of(account_id: int) -> dict[str, Any]:
    """What the snapshot of an order holds of its handler."""
    account = Account.get_by_id(account_id)
    member: Member | None = Member.get_or_none(Member.account == account_id)
    return {
        "handler_name": member.name if member else account.display_name,
        "handler_public_id": account.public_id,
        "handler_member_id": member.id if member else None,
    }


def _unknown_target(field: str) -> Invalid:
    return invalid_field(field, "unknown_target", "本支部没有这个人，请重新选择")
