"""To whom an order may be dispatched: members and volunteers of its branch who can log in, or the pool."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from backend.core.errors import Conflict, invalid_field
from backend.people.models import Account, Member
from backend.service.orders.loading import TARGET_MEMBER, Order
from backend.service.orders.schemas import OrderTarget
from backend.service.teams.persons import find_person


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
    account_id = find_person(order.organization_id, wanted.id or "", today=today, field=field)
    if account_id == order.requester_id:
        raise Conflict("own_order", "不能把工单派给提单人自己")
    return Target(wanted.kind, account_id)


def person_of(account_id: int) -> dict[str, Any]:
    """What the snapshot of an order holds of its handler."""
    account = Account.get_by_id(account_id)
    member: Member | None = Member.get_or_none(Member.account == account_id)
    return {
        "handler_name": member.name if member else account.display_name,
        "handler_public_id": account.public_id,
        "handler_member_id": member.id if member else None,
    }
