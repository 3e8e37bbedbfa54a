"""What came of the orders that were closed, told again from their log and what was said at each step."""

from collections.abc import Iterator
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any

import peewee as pw

from backend.service.models import (
    OrderFollowUp,
    OrderHandIn,
    OrderLog,
    OrderRating,
    Resolution,
    ServiceOrder,
    ServiceType,
)
from backend.service.orders.closing import COUNTED, heard
from backend.service.orders.handling import reached
from backend.service.orders.schemas import Outcome
from backend.service.orders.workflow import Action, State

# the tables that a step reads from, in the order in which an order's rows come: what was said before the log
HAND_INS, RATINGS, CALLS, LOG = range(4)
SAYS = {Action.COMPLETE: HAND_INS, Action.CONFIRM: RATINGS, Action.FOLLOW_UP: CALLS}


def outcomes(*those: pw.Expression) -> Iterator[tuple[int, int, tuple[str, Any, int]]]:
    """What closings counted as solved, in part or explained, and reopenings took back, of all orders or of some.

    Suggestions are adopted or declined, and are not among them.
    """
    for order_id, rows in groupby(_rows(those), itemgetter(0)):
        said: tuple[list[Any], ...] = ([], [], [], [])
        for _, table, _, row in rows:
            said[table].append(row)
        for counted in _replayed(said):
            yield said[LOG][0][0], order_id, counted


def _replayed(said: tuple[list[Any], ...]) -> Iterator[tuple[str, Any, int]]:
    """The steps of one order: the n-th completion goes with the n-th hand-in, and so on."""
    words = {action: iter(said[table]) for action, table in SAYS.items()}
    handed_in: Resolution | None = None
    closed: Resolution | None = None
    for _, at, action, came_from, now_in in said[LOG]:
        if action == Action.REOPEN and came_from == State.CLOSED and closed in COUNTED:
            yield COUNTED[closed], at, -1
        word = next(words[Action(action)]) if action in SAYS else None
        if action == Action.COMPLETE and word is not None:
            truthful, solved, outcome = word
            handed_in = _reached(solved, outcome) if truthful else Resolution.UNFOUNDED
        if now_in == State.CLOSED and came_from != State.CLOSED:
            closed = _closed_as(Action(action), word, handed_in)
            if closed in COUNTED:
                yield COUNTED[closed], at, 1


def _closed_as(action: Action, word: Any, handed_in: Resolution | None) -> Resolution | None:
    if action is Action.CONFIRM:
        return heard(bool(word[0]), handed_in)
    if action is Action.FOLLOW_UP:
        return _reached(*word)
    return handed_in if action is Action.AUTO_CLOSE else None


def _reached(solved: Any, outcome: str | None) -> Resolution:
    return reached(solved=bool(solved), outcome=Outcome(outcome) if outcome else None)


def _rows(those: tuple[pw.Expression, ...]) -> Iterator[tuple[int, int, int, Any]]:
    """Order, table, id and what matters of each row, by order."""
    log = (ServiceOrder.organization, OrderLog.at, OrderLog.action, OrderLog.from_state, OrderLog.to_state)
    steps = OrderLog.action.in_([*SAYS, Action.REOPEN, Action.AUTO_CLOSE, Action.CLOSE_REFERRED])
    return merge(
        _read(HAND_INS, OrderHandIn, (OrderHandIn.truthful, OrderHandIn.solved, OrderHandIn.outcome), those),
        _read(RATINGS, OrderRating, (OrderRating.solved,), those),
        _read(CALLS, OrderFollowUp, (OrderFollowUp.solved, OrderFollowUp.outcome), those),
        _read(LOG, OrderLog, log, (*those, steps)),
        key=itemgetter(0, 1, 2),
    )


def _read(table: int, model: Any, columns: tuple[Any, ...], those: tuple[pw.Expression, ...]) -> Iterator[Any]:
    rows = (
        model.select(model.order, model.id, *columns)
        .join(ServiceOrder)
        .join(ServiceType)
        .where(~ServiceType.decides, *those)
        .order_by(model.order, model.id)
        .tuples()
    )
    return ((order_id, table, row_id, tuple(rest)) for order_id, row_id, *rest in rows.iterator())
