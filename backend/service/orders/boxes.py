"""The queues: what waits for the caller, oldest first in each organisation; one statement on one index."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import peewee as pw

from backend.core.clock import local_day
from backend.core.database import from_stored, rows_of, to_stored
from backend.core.errors import Forbidden
from backend.core.pages import Page, bad_cursor, read_cursor, write_cursor
from backend.people.access import find_organization, in_subtree, no_post, require
from backend.people.memberships import in_force
from backend.people.models import Membership, Organization, Role
from backend.people.permissions import HANDLER_ROLES, Caller, Reach, Right
from backend.service.catalogue.kinds import Takers
from backend.service.grids.models import HouseholdMember
from backend.service.models import Moderation, Priority, ServiceOrder, ServiceType
from backend.service.orders.capacity import IN_HAND
from backend.service.orders.loading import TARGET_POOL
from backend.service.orders.queries import BoxQuery
from backend.service.orders.schemas import Box
from backend.service.orders.shapes import BoxCounts, OrderBrief
from backend.service.orders.workflow import OPEN, STATE_LABELS, State
from backend.service.teams.models import Team, TeamMember

# the branch's own queues, for its dispatchers
QUEUE_STATES = {
    Box.TO_ACCEPT: (State.SUBMITTED,),
    Box.TO_DISPATCH: (State.ACCEPTED,),
    Box.WAITING_CLAIM: (State.DISPATCHED,),
    Box.BRANCH_IN_HAND: IN_HAND,
    Box.TO_FOLLOW_UP: (State.COMPLETED,),
}
MOST_COUNTED = 1_000  # a badge says no more than "999+", and the county's box of all would be read to its end


@dataclass(frozen=True)
class Queue:
    """Which orders, and in which order: an index serves both."""

    where: pw.Expression
    order: tuple[pw.Field, ...]


def list_orders(query: BoxQuery, *, caller: Caller, timezone: ZoneInfo, now: datetime) -> Page[OrderBrief]:
    """One page of a queue; 403 for a queue that none of the caller's posts has."""
    queue = _queue(query, caller, local_day(now, timezone), now)
    rows = _rows(queue, query)
    page, more = rows[: query.limit], len(rows) > query.limit
    cursor = write_cursor(*(_written(page[-1][field.name]) for field in queue.order)) if more else None
    return Page([_brief(row, caller, now) for row in page], cursor)


def count_boxes(
    *, caller: Caller, timezone: ZoneInfo, now: datetime, wanted: Collection[Box] = tuple(Box)
) -> BoxCounts:
    """How much lies in each wanted box that the caller has, up to `MOST_COUNTED`; one statement a box."""
    today = local_day(now, timezone)
    counts = {box: _size(box, caller, today, now) for box in wanted}
    return BoxCounts({box: size for box, size in counts.items() if size is not None})


def _size(box: Box, caller: Caller, today: date, now: datetime) -> int | None:
    """None for a queue that none of the caller's posts has."""
    try:
        queue = _queue(BoxQuery(box=box), caller, today, now)
    except Forbidden:
        return None
    counted: int = ServiceOrder.select(ServiceOrder.id).where(queue.where).limit(MOST_COUNTED).count()
    return counted


def _queue(query: BoxQuery, caller: Caller, today: date, now: datetime) -> Queue:
    by_id = (ServiceOrder.organization, ServiceOrder.id)
    match query.box:
        case Box.MINE:
            return Queue(ServiceOrder.requester == caller.account_id, (ServiceOrder.id,))
        case Box.IN_HAND:
            mine = (ServiceOrder.handler == caller.account_id) & ServiceOrder.state.in_(IN_HAND)
            return Queue(mine, (ServiceOrder.id,))
        case Box.OFFERED:
            return Queue(_offered(caller, today), by_id)
        case Box.UNROUTED:
            places = _organizations(query.organization, caller, Right.HANDLE_ORDERS)
            astray = ServiceOrder.organization.in_(places) & ServiceOrder.unrouted_at.is_null(False)
            return Queue(astray, (ServiceOrder.organization, ServiceOrder.unrouted_at, ServiceOrder.id))
        case Box.OVERDUE:
            late = _visible(query, caller) & (ServiceOrder.due_at < now)
            return Queue(late, (ServiceOrder.organization, ServiceOrder.due_at, ServiceOrder.id))
        case Box.RETURNED:
            back = _visible(query, caller) & ServiceOrder.returned_at.is_null(False)
            return Queue(back, (ServiceOrder.organization, ServiceOrder.returned_at, ServiceOrder.id))
        case Box.ALL:
            return Queue(_visible(query, caller), by_id)
        case _:
            places = _organizations(query.organization, caller, Right.HANDLE_ORDERS)
            states = QUEUE_STATES[query.box]
            return Queue(ServiceOrder.organization.in_(places) & ServiceOrder.state.in_(states), by_id)


def _offered(caller: Caller, today: date) -> pw.Expression:
    """What lies in the pools of the caller's branches, and what was addressed to him or a team of his, but the
    orders of his own household."""
    rows = rows_of(_where_he_helps(caller, today))
    teams = sorted(team_id for team_id, _ in rows if team_id is not None)
    places = {post.organization_id for post in caller.posts if post.role in HANDLER_ROLES}
    places |= {organization_id for _, organization_id in rows}
    if caller.branch_id is not None:
        places.add(caller.branch_id)
    lectured = [post.path for post in caller.posts if post.role is Role.LECTURER]
    places |= set(_below(lectured))
    kinds = [Takers.HELPERS, Takers.ANY_MEMBER]
    kinds += [Takers.MEMBERS] if caller.member_id is not None else []
    kinds += [Takers.LECTURERS] if lectured else []
    own_door = HouseholdMember.select(HouseholdMember.household).where(
        HouseholdMember.account == caller.account_id, HouseholdMember.current == 1
    )
    return (
        ServiceOrder.organization.in_(sorted(places))
        & (ServiceOrder.state == State.DISPATCHED)
        & (
            (ServiceOrder.target_kind == TARGET_POOL)
            | (ServiceOrder.target == caller.account_id)
            | ServiceOrder.team.in_(teams)
        )
        & (ServiceOrder.requester != caller.account_id)
        & (ServiceOrder.household.is_null() | ServiceOrder.household.not_in(own_door))
        & ServiceOrder.service_type.in_(ServiceType.select(ServiceType.id).where(ServiceType.takers.in_(kinds)))
    )


def _where_he_helps(caller: Caller, today: date) -> "pw.ModelSelect[Any] | pw.ModelCompoundSelectQuery":
    """The open teams that somebody is in with their organisations, and those that he takes part in otherwise."""
    teams: pw.ModelSelect[Any] = (
        TeamMember.select(TeamMember.team, Team.organization)
        .join(Team)
        .where(
            TeamMember.account == caller.account_id,
            TeamMember.confirmed_at.is_null(False),
            TeamMember.left_at.is_null(),
            Team.closed_at.is_null(),
        )
    )
    if caller.member_id is None:
        return teams
    joined: pw.ModelSelect[Any] = Membership.select(pw.SQL("NULL"), Membership.organization).where(
        Membership.member == caller.member_id,
        in_force(today),
    )
    return teams.union_all(joined)


def _visible(query: BoxQuery, caller: Caller) -> pw.Expression:
    """Orders that the caller's posts show him; unchecked texts only to those who dispatch."""
    places = _organizations(query.organization, caller, Right.SEE_ORDERS)
    dispatching = _own_places(caller, Right.HANDLE_ORDERS)
    where: pw.Expression = ServiceOrder.organization.in_(places)
    if set(places) <= dispatching:
        return where
    checked = ServiceOrder.moderation == Moderation.PASSED
    if dispatching:
        checked |= ServiceOrder.organization.in_(sorted(dispatching))
    return where & checked


def _organizations(code: str | None, caller: Caller, right: Right) -> list[int]:
    """Ids of the organisations in which the caller has the right, or of the one that he names."""
    if code is not None:
        organization = find_organization(code)
        require(caller, right, organization)
        return [organization.id]
    subtrees = [path for path, reach in caller.paths(right) if reach is Reach.SUBTREE]
    places = _own_places(caller, right)
    places |= set(_below(subtrees))
    if not places:
        raise no_post()
    return sorted(places)


def _below(paths: Sequence[str]) -> Iterator[int]:
    """The organisations at these paths and below."""
    for path in paths:
        rows: pw.ModelSelect[Any] = Organization.select(Organization.id).where(in_subtree(Organization.path, path))
        yield from (organization_id for (organization_id,) in rows.tuples())


def _own_places(caller: Caller, right: Right) -> set[int]:
    return {int(path.split(".")[-2]) for path, reach in caller.paths(right) if reach is Reach.OWN}


_COLUMNS = (
    ServiceOrder.id,
    ServiceOrder.organization,
    ServiceOrder.returned_at,
    ServiceOrder.unrouted_at,
    ServiceOrder.number,
    ServiceOrder.state,
    ServiceOrder.priority,
    ServiceOrder.title,
    ServiceOrder.place_text,
    ServiceOrder.moderation,
    ServiceOrder.due_at,
    ServiceOrder.created_at,
    ServiceType.code.alias("type_code"),
    ServiceType.name.alias("type_name"),
    Organization.code.alias("organization_code"),
    Organization.name.alias("organization_name"),
    Organization.path,
)


def _rows(queue: Queue, query: BoxQuery) -> list[dict[str, Any]]:
    # outer joins, so that the queue's own index leads
    rows: pw.ModelSelect[Any] = (
        ServiceOrder.select(*_COLUMNS)
        .join(ServiceType, pw.JOIN.LEFT_OUTER)
        .switch(ServiceOrder)
        .join(Organization, pw.JOIN.LEFT_OUTER)
        .where(queue.where)
        .order_by(*queue.order)
        .limit(query.limit + 1)
    )
    if query.cursor is not None:
        rows = rows.where(_after(queue.order, read_cursor(query.cursor, len(queue.order))))
    return list(rows.dicts())


def _after(fields: Sequence[pw.Field], position: Sequence[str]) -> pw.Expression:
    """Rows behind a position, compared field by field."""
    first, value = fields[0], _read(fields[0], position[0])
    behind: pw.Expression = first > value
    if len(fields) == 1:
        return behind
    level: pw.Expression = (first == value) & _after(fields[1:], position[1:])
    return pw.Expression(behind, pw.OP.OR, level)


def _written(value: Any) -> str:
    return to_stored(value) if isinstance(value, datetime) else str(value)


def _read(field: pw.Field, text: str) -> Any:
    try:
        return from_stored(text) if field.name.endswith("_at") else _row_id(text)
    except ValueError:
        raise bad_cursor() from None


def _row_id(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise ValueError(text)
    return int(text)


def _brief(row: dict[str, Any], caller: Caller, now: datetime) -> OrderBrief:
    state = State(row["state"])
    watches = caller.may(Right.SEE_ORDERS, row["path"]) and not caller.may(Right.HANDLE_ORDERS, row["path"])
    return OrderBrief(
        number=row["number"],
        state=state,
        state_label=STATE_LABELS[state],
        priority=Priority(row["priority"]),
        title=row["type_name"] if watches else row["title"],
        service_type=row["type_code"],
        service_type_name=row["type_name"],
        organization=row["organization_code"],
        organization_name=row["organization_name"],
        place=None if watches else row["place_text"],
        moderation=Moderation(row["moderation"]),
        due_at=row["due_at"],
        overdue=state in OPEN and row["due_at"] is not None and row["due_at"] < now,
        created_at=row["created_at"],
    )
