"""To whom an order may be dispatched: people and teams of its branch, or the pool."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import peewee as pw

from backend.core.database import database, rows_of
from backend.core.errors import Conflict, Invalid, invalid_field
from backend.people.models import Account, Member, OrganizationPost, Role
from backend.people.posts import in_office
from backend.service.catalogue.kinds import TAKER_LABELS, Takers
from backend.service.orders.guards import own_household
from backend.service.orders.loading import SHARED_DOOR, TARGET_MEMBER, TARGET_TEAM, Order
from backend.service.orders.schemas import OrderTarget
from backend.service.teams.models import Team, TeamMember
from backend.service.teams.persons import find_person

FOR_TEAMS = (Takers.HELPERS, Takers.ANY_MEMBER)


@dataclass(frozen=True)
class Target:
    """Where an order goes: an account, a team with the people whom it is offered to, or neither for the pool."""

    kind: str
    account_id: int | None = None
    team_id: int | None = None
    team_name: str | None = None
    offered_to: tuple[int, ...] = ()


def find_target(order: Order, wanted: OrderTarget, *, today: date, field: str = "target.id") -> Target:
    """The target that a dispatcher named; 422 when the branch has no such person or team, 409 for the requester and
    whoever lives with him."""
    if wanted.id is None:
        return Target(wanted.kind)
    if wanted.kind == TARGET_TEAM:
        if order.takers not in FOR_TEAMS:
            raise invalid_field(field, "not_for_teams", f"这类工单只派给{TAKER_LABELS[Takers(order.takers)]}")
        return team_target(_team(order.organization_id, wanted.id, field), field=field)
    account_id = _person(order, wanted.id, today, field)
    if account_id == order.requester_id:
        raise Conflict("own_order", "不能把工单派给提单人自己")
    if shares_door(order, account_id):
        raise own_household()
    return Target(TARGET_MEMBER, account_id)


def _person(order: Order, public_id: str, today: date, field: str) -> int:
    """Whoever the kind of the order may be sent to; 422 for anybody else."""
    if order.takers == Takers.LECTURERS:
        account_id = _lecturer(order.organization_path, public_id, today)
    else:
        account_id = find_person(order.organization_id, public_id, today=today, field=field)
        if order.takers == Takers.MEMBERS and not Member.select().where(Member.account == account_id).exists():
            account_id = None
    if account_id is None:
        raise invalid_field(field, "not_a_taker", f"这类工单只派给{TAKER_LABELS[Takers(order.takers)]}，请重新选择")
    return account_id


def may_be_sent(order: Order, account_id: int, *, today: date) -> bool:
    """Whether somebody on a duty list is still one whom orders of this kind may be sent to, as member or by a post."""
    ids = Account.select(Account.public_id, Member.public_id).join(
        Member, pw.JOIN.LEFT_OUTER, on=(Member.account == Account.id)
    )
    known = [one for one in rows_of(ids.where(Account.id == account_id))[0] if one is not None]
    return any(_sendable(order, one, today) for one in known)


def _sendable(order: Order, public_id: str, today: date) -> bool:
    try:
        _person(order, public_id, today, "target.id")
    except Invalid:
        return False
    return True


def _lecturer(path: str, public_id: str, today: date) -> int | None:
    """The account of a lecturer, by its id or that on the roster, of this organisation or one above it."""
    above = [int(step) for step in path.split(".")[:-1]]
    found: int | None = (
        OrganizationPost.select(OrganizationPost.account)
        .join(Account)
        .join(Member, pw.JOIN.LEFT_OUTER, on=(Member.account == Account.id))
        .where(
            (Account.public_id == public_id) | (Member.public_id == public_id),
            OrganizationPost.role == Role.LECTURER,
            OrganizationPost.organization.in_(above),
            in_office(today),
        )
        .scalar()
    )
    return found


def _team(organization_id: int, public_id: str, field: str) -> Team:
    team: Team | None = Team.get_or_none(
        Team.public_id == public_id, Team.organization == organization_id, Team.closed_at.is_null()
    )
    if team is None:
        raise invalid_field(field, "unknown_team", "本支部没有这个服务队")
    return team


def team_target(team: Team, *, field: str = "target.id") -> Target:
    """A team with its people; 422 for one that has none."""
    rows = TeamMember.select(TeamMember.account).where(
        TeamMember.team == team.id, TeamMember.confirmed_at.is_null(False), TeamMember.left_at.is_null()
    )
    people = tuple(account_id for (account_id,) in rows_of(rows.order_by(TeamMember.id)))
    if not people:
        raise invalid_field(field, "empty_team", "这个服务队还没有队员，请先添加队员")
    return Target(TARGET_TEAM, team_id=team.id, team_name=team.name, offered_to=people)


def shares_door(order: Order, account_id: int) -> bool:
    """Whether somebody lives where the order is about, or with its requester."""
    sql = f"SELECT 1 FROM service_order s WHERE s.id = ? AND EXISTS ({SHARED_DOOR})"  # noqa: S608 - our own words
    found = database.execute_sql(sql.replace("?", database.obj.param), (order.id, account_id)).fetchone()
    return found is not None


def person_of(account_id: int) -> dict[str, Any]:
    """What the snapshot of an order holds of its handler."""
    account = Account.get_by_id(account_id)
    member: Member | None = Member.get_or_none(Member.account == account_id)
    return {
        "handler_name": member.name if member else account.display_name,
        "handler_public_id": account.public_id,
        "handler_member_id": member.id if member else None,
    }
