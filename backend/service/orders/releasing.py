"""An order whose handler may handle no more, since his post or membership ended, goes back to the dispatchers."""

from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from backend.core.database import in_unit_of_work
from backend.core.errors import Conflict
from backend.people.access import caller_of
from backend.service.models import Stage
from backend.service.orders.capacity import IN_HAND
from backend.service.orders.engine import Plan, Scene, carry_out, legal_rule, system_scene
from backend.service.orders.handling import NO_HANDLER, NO_HANDLER_SHOWN, NO_TARGET
from backend.service.orders.loading import read_case, takes_part
from backend.service.orders.workflow import Action, State


def release(number: str, handler_id: int, *, timezone: ZoneInfo, now: datetime) -> int:
    """Bring one order back, if it is still with him and he may handle it no more; 1 if so, else 0."""
    try:
        return in_unit_of_work(partial(_release, number, handler_id, timezone, now))
    except Conflict:  # a person was faster; the next tick asks again
        return 0


def _release(number: str, handler_id: int, timezone: ZoneInfo, now: datetime) -> int:
    handler = caller_of(handler_id, timezone=timezone, now=now)
    case = read_case(number, caller=handler, timezone=timezone, now=now)
    order = case.order
    if order.handler_id != handler_id or order.state not in IN_HAND or takes_part(handler, order):
        return 0
    scene = system_scene(case, timezone=timezone, now=now)
    carry_out(scene, legal_rule(order, Action.RELEASE), plan_release(scene))
    return 1


def plan_release(scene: Scene) -> Plan:
    """Like a return that nobody is blamed for: the clock of the case runs on."""
    order, clocks = scene.order, scene.clocks
    if order.state is State.ON_HOLD:
        clocks.resume()
    clocks.stop(Stage.FIRST_CONTACT)
    clocks.start(Stage.DISPATCH)
    return Plan(
        {"returned_at": scene.now, "hold_until": None, **NO_HANDLER, **NO_TARGET},
        dict(NO_HANDLER_SHOWN),
        note="承办人的任职或党员身份已结束，退回支部重新派单",
        public=False,
        people={"former_handler": [order.handler_id]},
    )
