"""点单: a new order with its first clock and log row, the dispatchers told, the content check asked."""

import secrets
from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import lru_cache, partial
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import peewee as pw

from backend.core.clock import local_day
from backend.core.database import append_filled, in_unit_of_work
from backend.messaging import outbox
from backend.people.consents.models import ConsentPurpose
from backend.people.consents.service import settle_consent
from backend.people.permissions import Caller
from backend.service.catalogue.emergencies import emergency_in
from backend.service.catalogue.kinds import read_answers
from backend.service.models import ServiceOrder, Stage
from backend.service.orders.enclosures import enclosed
from backend.service.orders.engine import enqueue_check
from backend.service.orders.facts import TOPICS, order_facts, people_of
from backend.service.orders.loading import Case, Order
from backend.service.orders.log import LogEntry, step_key, write_log
from backend.service.orders.pictures import attach_media
from backend.service.orders.premises import Premises, find_premises
from backend.service.orders.proxies import owes_call
from backend.service.orders.request import SubmitOrder
from backend.service.orders.routing import Route
from backend.service.orders.shapes import OrderShape
from backend.service.orders.standing import standing_of
from backend.service.orders.views import order_shape
from backend.service.orders.workflow import FIRST_STATE, Action, Actor
from backend.service.timers.clocks import Clocks
from backend.service.timers.rules import Claimant
from backend.tally import counting

NUMBER_SPAN = 1_000_000
NUMBER_TRIES = 8
UNKNOWN = 0  # the id of an order that is being written: what belongs to it finds it by its number
COORDINATE_DIGITS = 5  # about a metre: the door, not the bed


def submit_order(body: SubmitOrder, *, caller: Caller, timezone: ZoneInfo, now: datetime) -> OrderShape:
    """Take in an order; 422 for an unknown or closed kind, an unknown community or none at all."""
    order = _under_a_free_number(lambda number: _submit(number, body, caller, timezone, now), local_day(now, timezone))
    danger = emergency_in(f"{body.title}\n{body.description}")
    return order.model_copy(update={"emergency": danger}) if danger else order


def _under_a_free_number(submit: Callable[[str], OrderShape], day: date) -> OrderShape:
    """The number is tried out by the order itself: one that is taken undoes the work, which is done again."""
    numbers = random_numbers(day)
    for number in islice(numbers, NUMBER_TRIES - 1):
        try:
            return in_unit_of_work(partial(submit, number))
        except pw.IntegrityError:
            if not ServiceOrder.select().where(ServiceOrder.number == number).exists():
                raise
    return in_unit_of_work(partial(submit, next(numbers)))


def _submit(number: str, body: SubmitOrder, caller: Caller, timezone: ZoneInfo, now: datetime) -> OrderShape:
    today = local_day(now, timezone)
    found = find_premises(body, caller=caller, timezone=timezone, now=now)
    community, kind = found.community, found.kind
    if body.contact or body.on_behalf_of or community.requester_phone:
        purpose, agreed = ConsentPurpose.SERVICE_CONTACT, community.contact_agreed
        settle_consent(caller.account_id, purpose, said=body.consent, known=agreed, now=now)
    files = enclosed(body, caller, now=now)
    clocks = Clocks((), Claimant(kind.code, community.path, kind.priority), found.calendar, found.rules, now=now)
    clocks.start(Stage.ACCEPT)
    columns = {
        "number": number,
        **_words(body),
        "answers": read_answers(kind.questions, body.answers) or None,
        "service_type_id": kind.id,
        "priority": kind.priority,
        "organization_id": community.id,
        "requester_id": caller.account_id,
        **_whereabouts(found.route, now),
        "call_owed_at": now if owes_call(body.on_behalf_of, community.path, caller) else None,
        "voice_since": now if body.voice else None,
        "due_at": clocks.earliest_due(),
        "created_at": now,
        "state": FIRST_STATE,
    }
    append_filled(ServiceOrder, columns | {"changed_at": now})
    order = Order.of({"id": UNKNOWN, **columns, **_beside(found, caller)})
    clocks.save(number)
    shown = attach_media(order, files, handed_in=False, now=now)
    entry = LogEntry(now, Actor.REQUESTER, Action.SUBMIT, FIRST_STATE, actor_id=caller.account_id)
    write_log(number, entry)
    _tell(order, timezone=timezone, now=now)
    counting.count("order_submitted", community.id, day=today)
    standing = standing_of(caller, order)
    return order_shape(Case(order, clocks, [entry], shown), caller=caller, standing=standing, reveal=True, now=now)


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
        "proxy_consent": other.consent if other else None,
    }


def _whereabouts(route: Route, now: datetime) -> dict[str, Any]:
    return {
        "grid_id": route.ground.grid_id if route.ground else None,
        "household_id": route.household_id,
        "unrouted_at": now if route.unrouted else None,
    }


def _beside(found: Premises, caller: Caller) -> dict[str, Any]:
    """What the snapshot of an order holds beside its own columns."""
    community, kind, ground = found.community, found.kind, found.route.ground
    return {
        "grid_name": ground.grid_name if ground else None,
        "organization_code": community.code,
        "organization_name": community.name,
        "organization_path": community.path,
        "type_code": kind.code,
        "type_name": kind.name,
        "needs_evidence": kind.needs_evidence,
        "hours": kind.hours,
        "takers": kind.takers,
        "safeguard": kind.safeguard,
        "on_board": kind.on_board,
        "decides": kind.decides,
        "requester_name": caller.display_name,
        "requester_phone": community.requester_phone,
    }


def random_numbers(day: date) -> Iterator[str]:
    """Numbers that nobody can guess from one another: the day and six random digits."""
    begins = _digits_of(day)
    while True:
        yield f"{begins}-{secrets.randbelow(NUMBER_SPAN):06}"


@lru_cache(maxsize=2)
def _digits_of(day: date) -> str:
    return f"{day:%y%m%d}"


def _tell(order: Order, *, timezone: ZoneInfo, now: datetime) -> None:
    hints = {
        "unrouted": order.unrouted_at is not None,
        "voice": not order.description,
        "call_owed": order.call_owed_at is not None,
    }
    outbox.enqueue(
        TOPICS[Action.SUBMIT],
        order_facts(order, at=now, timezone=timezone) | hints,
        key=step_key(order.number, order.version),
        organization_id=order.organization_id,
        people=people_of(order),
        now=now,
    )
    answers = [one["text"] for one in order.answers or []]
    words = [order.title, order.description, order.place_text, *answers]
    enqueue_check(order, "\n".join(text for text in words if text), now=now)
