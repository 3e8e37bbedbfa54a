"""The queues: what waits for the caller, oldest first in each organisation; one statement on one index."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import reduce
from operator import and_
from typing import Any
from zoneinfo import ZoneInfo

import peewee as pw

from backend.core.clock import local_day
from backend.core.database import IndexedTable, from_stored, one_of, rows_of, sizes_of, to_stored
from backend.core.errors import Forbidden
from backend.core.pages import Page, bad_cursor, read_cursor, write_cursor
from backend.people.access import find_organization, in_subtree, no_post, require
from backend.people.memberships import in_force
from backend.people.models import Membership, Organization, Role
from backend.people.permissions import HANDLER_ROLES, Caller, Reach, Right
from backend.service.catalogue.kinds import Takers
from backend.service.catalogue.listing import versions_of
from backend.service.grids.models import Grid, HouseholdMember
from backend.service.models import Moderation, ServiceOrder, ServiceType
from backend.service.orders.briefs import brief_of, brief_rows
from backend.service.orders.capacity import IN_HAND
from backend.service.orders.loading import TARGET_POOL
from backend.service.orders.queries import BoxQuery
from backend.service.orders.schemas import Box
from backend.service.orders.shapes import BoxCounts, OrderBrief
from backend.service.orders.workflow import State
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


# by name, since the server's own choice among indexes that begin alike costs seconds over millions of orders
BY_STATE = "serviceorder_organization_id_state"
INDEX_OF = {
    Box.MINE: "serviceorder_requester_id",
    Box.IN_HAND: "serviceorder_handler_id_state",
    Box.UNROUTED: "service_order_organization_id_unrouted_at",
    Box.TO_CALL_BACK: "service_order_organization_id_call_owed_at",
    Box.OVERDUE: "serviceorder_organization_id_due_at",
    Box.RETURNED: "serviceorder_organization_id_returned_at",
    Box.ALL: "serviceorder_organization_id",
}


@dataclass(frozen=True)
class Queue:
    """Which orders, and in which order: one index serves both, for each of the states by itself."""

    where: pw.Expression
    order: tuple[pw.Field, ...]
    states: tuple[State, ...] = ()
    index: str = BY_STATE

    def arms(self, *columns: Any) -> list["pw.ModelSelect[Any]"]:
        """One range of the index a state, read in its order; a queue without states is one range."""
        wheres = [self.where & (ServiceOrder.state == state) for state in self.states] or [self.where]
        return [
            ServiceOrder.select(*columns)
            .from_(IndexedTable(ServiceOrder, self.index))
            .where(where)
            .order_by(*self.order)
            for where in wheres
        ]


def list_orders(query: BoxQuery, *, caller: Caller, timezone: ZoneInfo, now: datetime) -> Page[OrderBrief]:
    """One page of a queue; 403 for a queue that none of the caller's posts has."""
    queue = _queue(query, caller, local_day(now, timezone), now)
    queue = replace(queue, where=reduce(and_, _chosen(query, now), queue.where))
    rows = _rows(queue, query)
    page, more = rows[: query.limit], len(rows) > query.limit
    cursor = write_cursor(*(_written(page[-1][field.name]) for field in queue.order)) if more else None
    return Page([brief_of(row, caller, now) for row in page], cursor)


def count_boxes(
    *, caller: Caller, timezone: ZoneInfo, now: datetime, wanted: Collection[Box] = tuple(Box)
) -> BoxCounts:
    """How much lies in each wanted box that the caller has, up to `MOST_COUNTED`; all of them in one statement."""
    today = local_day(now, timezone)
    queues = {box: queue for box in wanted if (queue := _queue_or_none(box, caller, today, now)) is not None}
    return BoxCounts(sizes_of({box: _some(queue) for box, queue in queues.items()}, most=MOST_COUNTED))


def _some(queue: Queue) -> Any:
    """The ids of no more of each arm than are counted."""
    found = _together([arm.limit(MOST_COUNTED) for arm in queue.arms(ServiceOrder.id)])
    return pw.Select((found,), (found.c.id,))


def _queue_or_none(box: Box, caller: Caller, today: date, now: datetime) -> Queue | None:
    """None for a queue that none of the caller's posts has."""
    try:
        return _queue(BoxQuery(box=box), caller, today, now)
    except Forbidden:
        return None


def _chosen(query: BoxQuery, now: datetime) -> Iterator[pw.Expression]:
    """What of a queue is asked for."""
    if query.kind is not None:
        yield ServiceOrder.service_type.in_(versions_of(query.kind))
    if query.priority is not None:
        yield ServiceOrder.priority == query.priority
    if query.overdue:
        yield ServiceOrder.due_at < now
    if query.grid is not None:
        yield ServiceOrder.grid.in_(Grid.select(Grid.id).where(Grid.public_id == query.grid))


def _queue(query: BoxQuery, caller: Caller, today: date, now: datetime) -> Queue:
    by_id = (ServiceOrder.organization, ServiceOrder.id)
    match query.box:
        case Box.MINE:
            return Queue(ServiceOrder.requester == caller.account_id, (ServiceOrder.id,), index=INDEX_OF[query.box])
        case Box.IN_HAND:
            return Queue(ServiceOrder.handler == caller.account_id, (ServiceOrder.id,), IN_HAND, INDEX_OF[query.box])
        case Box.OFFERED:
            return Queue(_offered(caller, today), by_id, (State.DISPATCHED,))
        case Box.UNROUTED:
            places = _organizations(query.organization, caller, Right.HANDLE_ORDERS)
            astray = one_of(ServiceOrder.organization, places) & ServiceOrder.unrouted_at.is_null(False)
            return _by_time(query.box, astray, ServiceOrder.unrouted_at)
        case Box.TO_CALL_BACK:
            places = _organizations(query.organization, caller, Right.HANDLE_ORDERS)
            owed = one_of(ServiceOrder.organization, places) & ServiceOrder.call_owed_at.is_null(False)
            return _by_time(query.box, owed, ServiceOrder.call_owed_at)
        case Box.OVERDUE:
            late = _visible(query, caller) & (ServiceOrder.due_at < now)
            return _by_time(query.box, late, ServiceOrder.due_at)
        case Box.RETURNED:
            back = _visible(query, caller) & ServiceOrder.returned_at.is_null(False)
            return _by_time(query.box, back, ServiceOrder.returned_at)
        case Box.ALL:
            return Queue(_visible(query, caller), by_id, index=INDEX_OF[query.box])
        case _:
            places = _organizations(query.organization, caller, Right.HANDLE_ORDERS)
            return Queue(one_of(ServiceOrder.organization, places), by_id, QUEUE_STATES[query.box])


def _by_time(box: Box, where: pw.Expression, at: pw.Field) -> Queue:
    return Queue(where, (ServiceOrder.organization, at, ServiceOrder.id), index=INDEX_OF[box])


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
        one_of(ServiceOrder.organization, sorted(places))
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
    where = one_of(ServiceOrder.organization, places)
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


def _rows(queue: Queue, query: BoxQuery) -> list[dict[str, Any]]:
    """One page and one row more, in one statement: as many of each arm, found by its index alone, and of those the
    first. Outer joins, so that these lead."""
    arms = [arm.limit(query.limit + 1) for arm in queue.arms(ServiceOrder.id)]
    if query.cursor is not None:
        behind = _after(queue.order, read_cursor(query.cursor, len(queue.order)))
        arms = [arm.where(behind) for arm in arms]
    found = _together(arms)
    rows = brief_rows(found, found.c.id).order_by(*queue.order).limit(query.limit + 1)
    page: list[dict[str, Any]] = list(rows.dicts())
    return page


def _together(arms: Sequence["pw.ModelSelect[Any]"]) -> Any:
    """The ids in all arms; each in a subquery, since SQLite knows a LIMIT nowhere else."""
    ids: list[Any] = [pw.Select((arm,), (arm.c.id,)) for arm in arms]
    return reduce(lambda one, other: one.union_all(other), ids)


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
