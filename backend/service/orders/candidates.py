"""Who could take an order, with all that a proposal weighs: read in a fixed number of statements."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import peewee as pw

from backend.core.database import rows_of
from backend.people.memberships import in_force
from backend.people.models import Account, Member, Membership, OrganizationPost, Role
from backend.people.permissions import HANDLER_ROLES
from backend.people.posts import in_office
from backend.service.catalogue.kinds import Takers
from backend.service.grids.models import Grid, GridWorker, Household, HouseholdMember
from backend.service.grids.service import worker_in_office
from backend.service.models import OrderLog, ServiceOrder
from backend.service.orders.loading import Order
from backend.service.orders.workflow import Action
from backend.service.teams.models import FreeHours, Team, TeamMember

MOST_PERSONS = 500  # of one branch; the largest have a few hundred members
FAIR_WITHIN = timedelta(days=30)


@dataclass
class Person:
    """Somebody whom the order might be sent to; `id` is what a dispatch names."""

    account_id: int
    id: str
    name: str
    home: Grid | None = None
    looks_after: set[int] = field(default_factory=set)
    windows: list[tuple[int, int, int]] = field(default_factory=list)
    lately: int = 0


def find_persons(order: Order, *, today: date, now: datetime) -> dict[int, Person]:
    """Everybody whom the kind of order may be sent to, by account, without who has declined or returned it."""
    persons = {one.account_id: one for one in _named(order, today)}
    for account_id in {order.requester_id, order.handler_id, *_unwilling(order.id)}:
        persons.pop(account_id or 0, None)
    _add_homes(persons)
    _add_grids(persons, today)
    _add_windows(persons)
    _add_lately(persons, now - FAIR_WITHIN)
    return persons


def _named(order: Order, today: date) -> Iterable[Person]:
    member_ids = {account_id: (public_id, name) for account_id, public_id, name in rows_of(_members(order, today))}
    if order.takers != Takers.MEMBERS:
        for account_id, public_id, name, known in rows_of(_others(order, today)):
            member_ids.setdefault(account_id, (public_id, known or name))
    if order.takers == Takers.LECTURERS:
        lecturers = {account_id for account_id, *_ in rows_of(_others(order, today))}
        member_ids = {one: words for one, words in member_ids.items() if one in lecturers}
    return (Person(account_id, *words) for account_id, words in member_ids.items())


def _members(order: Order, today: date) -> "pw.ModelSelect[Any]":
    belongs = Membership.select(Membership.id).where(
        Membership.member == Member.id,
        Membership.organization == order.organization_id,
        in_force(today),
    )
    rows: pw.ModelSelect[Any] = Member.select(Member.account, Member.public_id, Member.name).where(
        Member.account.is_null(False), (Member.organization == order.organization_id) | pw.fn.EXISTS(belongs)
    )
    return rows.limit(MOST_PERSONS)


def _others(order: Order, today: date) -> "pw.ModelSelect[Any]":
    """Holders of posts (for lectures: lecturers from here up) and people of teams, with the id of the account."""
    lectures = order.takers == Takers.LECTURERS
    above = [int(step) for step in order.organization_path.split(".")[:-1]]
    post = OrganizationPost.select(OrganizationPost.account).where(
        OrganizationPost.organization.in_(above if lectures else [order.organization_id]),
        OrganizationPost.role.in_([Role.LECTURER] if lectures else list(HANDLER_ROLES)),
        in_office(today),
    )
    team = (
        TeamMember.select(TeamMember.account)
        .join(Team)
        .where(
            Team.organization == order.organization_id,
            Team.closed_at.is_null(),
            TeamMember.confirmed_at.is_null(False),
            TeamMember.left_at.is_null(),
        )
    )
    wanted = Account.id.in_(post) if lectures else Account.id.in_(post) | Account.id.in_(team)
    rows: pw.ModelSelect[Any] = (
        Account.select(Account.id, Account.public_id, Account.display_name, Member.name)
        .join(Member, pw.JOIN.LEFT_OUTER, on=(Member.account == Account.id))
        .where(wanted)
    )
    return rows.limit(MOST_PERSONS)


def _unwilling(order_id: int) -> set[int]:
    """Who has declined this order or asked to return it."""
    rows: pw.ModelSelect[Any] = OrderLog.select(OrderLog.actor).where(
        OrderLog.order == order_id, OrderLog.action.in_([Action.DECLINE, Action.RETURN])
    )
    return {actor for (actor,) in rows_of(rows) if actor is not None}


def _add_homes(persons: dict[int, Person]) -> None:
    rows = (
        HouseholdMember.select(HouseholdMember, Household, Grid)
        .join(Household)
        .join(Grid)
        .where(HouseholdMember.account.in_(list(persons)), HouseholdMember.current == 1)
    )
    for row in rows:
        persons[row.account_id].home = row.household.grid


def _add_grids(persons: dict[int, Person], today: date) -> None:
    rows: pw.ModelSelect[Any] = GridWorker.select(GridWorker.account, GridWorker.grid).where(
        GridWorker.account.in_(list(persons)), worker_in_office(today)
    )
    for account_id, grid_id in rows_of(rows):
        persons[account_id].looks_after.add(grid_id)


def _add_windows(persons: dict[int, Person]) -> None:
    for account_id, window in windows_of(persons).items():
        persons[account_id].windows = window


def windows_of(account_ids: Collection[int]) -> dict[int, list[tuple[int, int, int]]]:
    """Weekday, first and last minute of what each has said to be free; nobody who has said nothing."""
    rows: pw.ModelSelect[Any] = FreeHours.select(
        FreeHours.account, FreeHours.weekday, FreeHours.start_minute, FreeHours.end_minute
    ).where(FreeHours.account.in_(list(account_ids)))
    found: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for account_id, *window in rows_of(rows):
        found[account_id].append((window[0], window[1], window[2]))
    return found


def _add_lately(persons: dict[int, Person], since: datetime) -> None:
    rows: pw.ModelSelect[Any] = ServiceOrder.select(ServiceOrder.handler).where(
        ServiceOrder.handler.in_(list(persons)), ServiceOrder.claimed_at >= since
    )
    for account_id, count in Counter(account_id for (account_id,) in rows_of(rows)).items():
        persons[account_id].lately = count


def sharing_door(order: Order) -> set[int]:
    """The accounts that live where the order is about, or with its requester."""
    doors: pw.ModelSelect[Any] = HouseholdMember.select(HouseholdMember.household).where(
        HouseholdMember.account == order.requester_id, HouseholdMember.current == 1
    )
    rows: pw.ModelSelect[Any] = HouseholdMember.select(HouseholdMember.account).where(
        (HouseholdMember.household == order.household_id) | HouseholdMember.household.in_(doors),
        HouseholdMember.current == 1,
    )
    return {account_id for (account_id,) in rows_of(rows)}
