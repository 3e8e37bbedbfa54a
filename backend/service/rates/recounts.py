"""What the log of the orders adds up to, by the measures that the tally knows it by.

The due and in-time counts are not among them: whether a stage was in time is known to its clock, not to the log.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

import peewee as pw

from backend.core.clock import local_day
from backend.service.models import OrderFollowUp, OrderLog, OrderRating, ServiceOrder, ServiceType
from backend.service.orders.closing import CONTENT, COUNTED, said_solved
from backend.service.orders.workflow import Action, State
from backend.service.rates.outcomes import outcomes
from backend.tally.recounting import Counted

SHANGHAI = ZoneInfo("Asia/Shanghai")
SIMPLE: dict[Action, tuple[str, ...]] = {
    Action.SUBMIT: ("order_submitted",),
    Action.ACCEPT: ("order_accepted",),
    Action.REFUSE: ("order_refused",),
    Action.APPEAL: ("order_appealed",),
    Action.TRANSFER: ("order_transferred",),
    Action.COMPLETE: ("order_completed",),
    Action.REWORK: ("order_reworked",),
    Action.REOPEN: ("order_reopened",),
    Action.REFER: ("order_referred",),
    Action.MERGE: ("order_merged",),
    Action.CANCEL: ("order_cancelled",),
    Action.URGE: ("order_urged",),
    Action.SUPERVISE: ("order_supervised",),
    Action.CLAIM_EXPIRED: ("order_claim_expired",),
    Action.AUTO_CLOSE: ("order_asked", "order_unrated"),
}
APPROVED = {State.ON_HOLD: "order_held", State.ACCEPTED: "order_returned"}
SENT = (Action.DISPATCH, Action.AUTO_DISPATCH, Action.TRANSFER)
TAKEN = (Action.CLAIM, Action.RULE)
ANSWERS = ("order_asked", "order_answered", "order_said_solved", "order_satisfied")
WISHES = ("order_wish_accepted", "order_wish_claimed")

Amount = tuple[str, datetime, int]
Found = tuple[int, int, Amount]  # by the organisation, of which order, what


def orders() -> Iterable[Counted]:
    """Every step that the log knows, and what requesters answered, by the organisation of the order."""
    for organization_id, _, (measure, at, amount) in (*steps(), *answers(), *outcomes()):
        yield measure, organization_id, local_day(at, SHANGHAI), amount


def steps(*those: pw.Expression) -> Iterator[Found]:
    """What the log of orders adds up to, of all or of those that meet some conditions."""
    rows: Any = (
        OrderLog.select(
            OrderLog.order.alias("id"),
            OrderLog.at,
            OrderLog.action,
            OrderLog.from_state,
            OrderLog.to_state,
            ServiceOrder.organization.alias("branch"),
            ServiceType.on_board,
        )
        .join(ServiceOrder)
        .join(ServiceType)
        .order_by(OrderLog.order, OrderLog.id)
        .namedtuples()
    )
    chosen = rows.where(*those) if those else rows
    for order_id, log in groupby(chosen.iterator(), attrgetter("id")):
        taken = list(log)
        for amount in (*_counted(taken), *_claims(taken), *(_wish(taken) if taken[0].on_board else ())):
            yield taken[0].branch, order_id, amount


def _counted(steps: list[Any]) -> Iterator[Amount]:
    """What a step counts by itself, wherever it stands in the log."""
    for step in steps:
        action, came_from, now_in = Action(step.action), step.from_state, State(step.to_state)
        yield from ((measure, step.at, 1) for measure in SIMPLE.get(action, ()))
        if action is Action.APPROVE:
            yield APPROVED.get(now_in, "order_extended"), step.at, 1
        if action is Action.FOLLOW_UP and now_in is State.ACCEPTED:
            yield "order_redone", step.at, 1
        if now_in is State.CLOSED and came_from != State.CLOSED:
            yield "order_closed", step.at, 1
        if action is Action.REOPEN and came_from == State.CLOSED:
            yield "order_closed", step.at, -1


def _claims(steps: list[Any]) -> Iterator[Amount]:
    """How long a dispatch waited for somebody, counted once he had made contact."""
    sent = taken = None
    for step in steps:
        action = Action(step.action)
        sent = step.at if action in SENT or (action is Action.RULE and sent is None) else sent
        taken = step.at if action in TAKEN else taken
        if action is Action.FIRST_CONTACT and sent and taken:
            yield "order_claimed", step.at, 1
            yield "order_claim_minutes", step.at, (taken - sent) // timedelta(minutes=1)


def _wish(steps: list[Any]) -> Iterator[Amount]:
    """A wish counts once when it is accepted and once when somebody first takes it."""
    for action, measure in zip((Action.ACCEPT, Action.CLAIM), WISHES, strict=True):
        first = next((step.at for step in steps if step.action == action), None)
        if first is not None:
            yield measure, first, 1


def answers(*those: pw.Expression) -> Iterator[Found]:
    """What requesters answered by a rating or when they were called, of all orders or of some."""
    of_order = (ServiceOrder.organization, ServiceOrder.id)
    ratings: Any = OrderRating.select(OrderRating.at, OrderRating.solved, OrderRating.satisfaction, *of_order)
    calls: Any = OrderFollowUp.select(OrderFollowUp.at, OrderFollowUp.solved, OrderFollowUp.satisfaction, *of_order)
    reached = calls.join(ServiceOrder).where(OrderFollowUp.reached)
    for rows in (ratings.join(ServiceOrder), reached):
        for at, solved, satisfaction, organization_id, order_id in (
            (rows.where(*those) if those else rows).tuples().iterator()
        ):
            said = (True, True, bool(solved), satisfaction in CONTENT)
            for name, so in zip(ANSWERS, said, strict=True):
                if so:
                    yield organization_id, order_id, (name, at, 1)
    yield from _taken_back(*those)


def _taken_back(*those: pw.Expression) -> Iterator[Found]:
    """Whoever had said that it is solved and asks for it again has not been helped (§4.3 row 28)."""
    rows: Any = (
        OrderLog.select(ServiceOrder.organization, ServiceOrder.id, OrderLog.at)
        .join(ServiceOrder)
        .where(OrderLog.action == Action.REOPEN, OrderLog.from_state == State.CLOSED, *those)
        .tuples()
    )
    for organization_id, order_id, at in list(rows):
        if said_solved(order_id, until=at):
            yield organization_id, order_id, ("order_said_solved", at, -1)


MEASURES = {
    *COUNTED.values(),
    *(measure for measures in SIMPLE.values() for measure in measures),
    *APPROVED.values(),
    *ANSWERS,
    *WISHES,
    "order_extended",
    "order_redone",
    "order_closed",
    "order_claimed",
    "order_claim_minutes",
}
RECOUNTS = dict.fromkeys(MEASURES, orders)
