"""The orders behind a figure of one organisation: found by the very count that bears the figure out."""

from collections.abc import Collection
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from backend.core.clock import local_day
from backend.people.access import require
from backend.people.models import Organization
from backend.people.permissions import Caller, Right
from backend.service.models import ServiceOrder, ServiceType
from backend.service.orders.closing import COUNTED
from backend.service.orders.workflow import STATE_LABELS, State
from backend.service.rates.outcomes import outcomes
from backend.service.rates.recounts import MEASURES, answers, steps

SHOWN = 200
# what a rate is made of and no list of counts names
LABELS = {
    "order_asked": "询问过",
    "order_answered": "作出回答",
    "order_said_solved": "确认已解决",
    "order_satisfied": "满意或基本满意",
    "order_unrated": "未评价",
    "order_resolved": "已解决",
    "order_partly": "部分解决",
    "order_explained": "解释说明",
    "order_redone": "回访后重办",
    "order_returned": "同意退单",
    "order_supervised": "督办",
    "order_claim_minutes": "接单用时",
    "order_wish_accepted": "受理的微心愿",
    "order_wish_claimed": "认领的微心愿",
}


COUNTED_AS = frozenset(COUNTED.values())


class OrderRecord(NamedTuple):
    """One order that was counted, and as what: never its words, its place or anybody's name."""

    number: str
    kind: str
    state: str
    measure: str
    at: datetime
    amount: int


class OrderRecords(NamedTuple):
    """The newest `SHOWN` of `found` records."""

    rows: list[OrderRecord]
    found: int


def can_list(measures: Collection[str]) -> bool:
    """Whether the log knows of each order that made these counts."""
    return MEASURES.issuperset(measures)


def list_records(
    caller: Caller,
    organization: Organization,
    measures: Collection[str],
    days: tuple[date, date],
    *,
    timezone: ZoneInfo,
) -> OrderRecords:
    """Orders of this very organisation that made counts over local days, newest first.

    403 or 404 for who may not see its orders. Reads the log of one branch: some thousand lines a year.
    """
    require(caller, Right.SEE_ORDERS, organization)
    here = ServiceOrder.organization == organization.id
    closings = () if COUNTED_AS.isdisjoint(measures) else outcomes(here)
    made = [
        (at, order_id, name, amount)
        for _, order_id, (name, at, amount) in (*steps(here), *answers(here), *closings)
        if name in measures and days[0] <= local_day(at, timezone) <= days[1]
    ]
    made.sort(reverse=True)
    return OrderRecords(_records(made[:SHOWN]), len(made))


def _records(made: list[tuple[datetime, int, str, int]]) -> list[OrderRecord]:
    ids = {order_id for _, order_id, _, _ in made}
    rows = ServiceOrder.select(ServiceOrder, ServiceType).join(ServiceType).where(ServiceOrder.id.in_(ids))
    known = {row.id: row for row in rows} if ids else {}
    return [
        OrderRecord(
            number=known[order_id].number,
            kind=known[order_id].service_type.name,
            state=STATE_LABELS[State(known[order_id].state)],
            measure=measure,
            at=at,
            amount=amount,
        )
        for at, order_id, measure, amount in made
    ]
