"""点单: a new order with its first clock and log row, the dispatchers told, the content check asked."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import peewee as pw

from backend.core.clock import local_day
from backend.core.crypto import Sealed
from backend.core.database import in_unit_of_work, insert_row
from backend.core.errors import invalid_field
from backend.messaging import outbox
from backend.people.models import Account, Organization, OrganizationKind
from backend.people.permissions import Caller
from backend.service.catalogue.refusals import closed_service_type, unknown_service_type
from backend.service.models import ServiceOrder, ServiceType, Stage, TimerRule
from backend.service.orders.engine import enqueue_check
from backend.service.orders.facts import TOPICS, order_facts, people_of
from backend.service.orders.loading import Order
from backend.service.orders.log import LogEntry, write_log
from backend.service.orders.pictures import attach_pictures, find_pictures
from backend.service.orders.schemas import SubmitOrder
from backend.service.orders.shapes import OrderShape
from backend.service.orders.standing import standing_of
from backend.service.orders.views import Record, order_shape
from backend.service.orders.workflow import FIRST_STATE, Action, Actor
from backend.service.timers.clocks import Clocks
from backend.service.timers.rules import Allowance, Claimant, in_force, most_specific
from backend.tally import counting

NUMBER_SPAN = 1_000_000
NUMBER_TRIES = 8
NO_COMMUNITY = ("organization_required", "请先选择您所在的社区")
UNKNOWN_COMMUNITY = ("unknown_organization", "没有这个社区，请重新选择")
COORDINATE_DIGITS = 5  # about a metre: the door, not the bed
TAKES_ORDERS = (
    OrganizationKind.BRANCH,
    OrganizationKind.GENERAL_BRANCH,
    OrganizationKind.JOINT_BRANCH,
    OrganizationKind.TEMPORARY_BRANCH,
    OrganizationKind.FLOATING_BRANCH,
)


@dataclass(frozen=True)
class Community:
    """Where an order goes, and the number of the account that it comes from."""

    id: int
    code: str
    name: str
    path: str
    requester_phone: Sealed | None


@dataclass(frozen=True)
class Kind:
    """A kind of service with what its first stage is given."""

    id: int
    code: str
    name: str
    priority: str
    needs_evidence: bool
    hours: Decimal
    accept: Allowance


def submit_order(body: SubmitOrder, *, caller: Caller, timezone: ZoneInfo, now: datetime) -> OrderShape:
    """Take in an order; 422 for an unknown or closed kind, an unknown community or none at all."""
    return in_unit_of_work(lambda: _submit(body, caller, timezone, now))


def _submit(body: SubmitOrder, caller: Caller, timezone: ZoneInfo, now: datetime) -> OrderShape:
    today = local_day(now, timezone)
    community = _find_community(body.organization, caller.account_id)
    kind = _find_kind(body.service_type, community.path, today)
    pictures = find_pictures(body.attachments, uploader_id=caller.account_id)
    clocks = Clocks((), Claimant(kind.id, community.path, kind.priority), timezone=timezone, now=now)
    clocks.allow({Stage.ACCEPT: kind.accept})
    clocks.start(Stage.ACCEPT)
    columns = {
        **_words(body),
        "service_type_id": kind.id,
        "priority": kind.priority,
        "organization_id": community.id,
        "requester_id": caller.account_id,
        "due_at": clocks.earliest_due(),
        "created_at": now,
    }
    number, order_id = insert_order(columns, random_numbers(today))
    order = Order(id=order_id, number=number, **columns, state=FIRST_STATE, **_beside(community, kind, caller))
    clocks.save(order_id)
    attach_pictures(order_id, pictures, handed_in=False, now=now)
    entry = LogEntry(now, Actor.REQUESTER, Action.SUBMIT, FIRST_STATE)
    _tell(order, write_log(order_id, entry, actor_id=caller.account_id), timezone=timezone, now=now)
    counting.count("order_submitted", community.id, day=today)
    standing = standing_of(caller, order)
    return order_shape(Record(order, clocks, [entry]), caller=caller, standing=standing, reveal=True, now=now)


def _find_community(code: str | None, account_id: int) -> Community:
    """The organisation that was named, else the account's own."""
    where = (Organization.code == code) if code else (Organization.id == Account.organization)
    row = (
        Account.select(
            Account.phone,
            Organization.id,
            Organization.code,
            Organization.name,
            Organization.path,
            Organization.kind,
        )
        .join(Organization, pw.JOIN.LEFT_OUTER, on=where)
        .where(Account.id == account_id)
        .tuples()
        .first()
    )
    phone, organization_id, found_code, name, path, kind = row
    if organization_id is None:
        raise invalid_field("organization", *(UNKNOWN_COMMUNITY if code else NO_COMMUNITY))
    if kind not in TAKES_ORDERS:
        raise invalid_field("organization", "takes_no_orders", "这个组织不直接受理诉求，请选择所在的社区支部")
    return Community(organization_id, found_code, name, path, phone)


def _find_kind(code: str, path: str, today: date) -> Kind:
    """The kind of service and what its first stage is given, in one statement."""
    rules = (
        (TimerRule.stage == Stage.ACCEPT)
        & (TimerRule.priority == ServiceType.priority)
        & (TimerRule.service_type.is_null() | (TimerRule.service_type == ServiceType.id))
        & in_force(today)
    )
    rows: list[Any] = list(
        ServiceType.select(
            ServiceType.id,
            ServiceType.name,
            ServiceType.priority,
            ServiceType.needs_evidence,
            ServiceType.hours,
            ServiceType.closed_at,
            TimerRule.stage,
            TimerRule.minutes,
            TimerRule.pace,
            TimerRule.service_type,
            TimerRule.organization,
        )
        .join(TimerRule, pw.JOIN.LEFT_OUTER, on=rules)
        .where(ServiceType.code == code)
        .tuples()
    )
    if not rows:
        raise unknown_service_type()
    kind_id, name, priority, needs_evidence, hours, closed_at = rows[0][:6]
    if closed_at is not None:
        raise closed_service_type()
    accept = most_specific([row[6:] for row in rows], path, [Stage.ACCEPT])[Stage.ACCEPT]
    return Kind(kind_id, code, name, priority, needs_evidence, hours, accept)


def _words(body: SubmitOrder) -> dict[str, Any]:
    """The columns that the requester filled in."""
    place, contact, other = body.place, body.contact, body.on_behalf_of
    located = place.lat is not None and place.lng is not None
    return {
        "title": body.title,
        "description": body.description,
        "place_text": place.text,
        "lat": round(place.lat, COORDINATE_DIGITS) if place.lat is not None else None,
        "lng": round(place.lng, COORDINATE_DIGITS) if place.lng is not None else None,
        "datum": place.datum if located else None,
        "contact_name": contact.name if contact else None,
        "contact_phone": contact.phone if contact else None,
        "beneficiary_name": other.name if other else None,
        "beneficiary_phone": other.phone if other else None,
        "beneficiary_relation": other.relation if other else None,
    }


def _beside(community: Community, kind: Kind, caller: Caller) -> dict[str, Any]:
    """What the snapshot of an order holds beside its own columns."""
    return {
        "organization_code": community.code,
        "organization_name": community.name,
        "organization_path": community.path,
        "type_code": kind.code,
        "type_name": kind.name,
        "needs_evidence": kind.needs_evidence,
        "hours": kind.hours,
        "requester_name": caller.display_name,
        "requester_phone": community.requester_phone,
    }


def random_numbers(day: date) -> Iterator[str]:
    """Numbers that nobody can guess from one another: the day and six random digits."""
    while True:
        yield f"{day:%y%m%d}-{secrets.randbelow(NUMBER_SPAN):06}"


def insert_order(columns: dict[str, Any], numbers: Iterator[str]) -> tuple[str, int]:
    """Insert under the first number that is free; returns it with the row's id."""
    defaults = {field.column_name: value for field, value in ServiceOrder._meta.defaults.items()}
    values = {**defaults, **columns, "state": FIRST_STATE, "changed_at": columns["created_at"]}
    for number in islice(numbers, NUMBER_TRIES - 1):
        try:
            return number, insert_row(ServiceOrder, **values, number=number)
        except pw.IntegrityError:
            continue  # taken: the statement alone was undone, the unit of work goes on
    number = next(numbers)
    return number, insert_row(ServiceOrder, **values, number=number)


def _tell(order: Order, log_id: int, *, timezone: ZoneInfo, now: datetime) -> None:
    outbox.enqueue(
        TOPICS[Action.SUBMIT],
        order_facts(order, at=now, timezone=timezone),
        key=f"order-log:{log_id}",
        organization_id=order.organization_id,
        people=people_of(order),
        now=now,
    )
    enqueue_check(order, f"{order.title}\n{order.description}\n{order.place_text}", now=now)
