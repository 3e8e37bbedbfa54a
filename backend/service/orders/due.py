"""What the clocks ask for: warnings at 50, 80 and 100 %, and the steps that time takes by itself."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import peewee as pw

from backend.core.clock import local_day
from backend.core.database import in_unit_of_work
from backend.core.errors import Conflict
from backend.messaging import outbox
from backend.service.models import OrderTimer, Resolution, Stage
from backend.service.orders.engine import Plan, Scene, carry_out, legal_rule, swap, system_scene
from backend.service.orders.facts import local_text, order_facts, people_of
from backend.service.orders.handling import NO_TARGET
from backend.service.orders.labels import STAGE_LABELS
from backend.service.orders.loading import Order, read_order_by_id
from backend.service.orders.workflow import Action
from backend.service.timers.clocks import Clock
from backend.tally import counting

SHANGHAI = ZoneInfo("Asia/Shanghai")
BATCH = 200
FULL = 100
HANDLER_STAGES = frozenset({Stage.FIRST_CONTACT, Stage.RESOLVE})
# clocks that wait for the requester: at which share he is reminded
REMINDERS = {Stage.INFO: (80, "order.info_reminder"), Stage.AUTO_CLOSE: (50, "order.rating_reminder")}
# what counts against a rate the moment its time is over, so that an order never finished is counted too
DUE_MEASURES = {Stage.FIRST_CONTACT: "order_response_due", Stage.RESOLVE: "order_resolve_due"}


def act_on_clocks(*, now: datetime, timezone: ZoneInfo = SHANGHAI) -> int:
    """Warn of every deadline that comes near or has passed, and take the steps that follow from it.

    Safe to ask twice and on two machines: each order is swapped like in any step, each warning has one key.
    Returns how many orders were looked after.
    """
    ripe: pw.ModelSelect[Any] = (
        OrderTimer.select(OrderTimer.order)
        .where(OrderTimer.notice_at <= now)
        .order_by(OrderTimer.notice_at)
        .limit(BATCH)
    )
    orders = dict.fromkeys(order_id for (order_id,) in ripe.tuples())
    return sum(_look_after(order_id, timezone, now) for order_id in orders)


def _look_after(order_id: int, timezone: ZoneInfo, now: datetime) -> int:
    try:
        return in_unit_of_work(lambda: _act(order_id, timezone, now))
    except Conflict:
        return 0  # a person was faster: the next tick sees the order as it is then


def _act(order_id: int, timezone: ZoneInfo, now: datetime) -> int:
    order = read_order_by_id(order_id, today=local_day(now, timezone))
    scene = system_scene(order, timezone=timezone, now=now)
    ripe = scene.clocks.ripe()
    for clock in ripe:
        _warn(scene, clock)
    steps = [STEPS_OF_TIME[clock.stage] for clock in ripe if clock.warned == FULL and clock.stage in STEPS_OF_TIME]
    if steps:
        action, plan = steps[0]
        carry_out(scene, legal_rule(order, action), plan(scene))
    elif ripe:
        swap(order, {"due_at": scene.clocks.earliest_due()}, now=now)
        scene.clocks.save(order.id)
    return int(bool(ripe))


def _warn(scene: Scene, clock: Clock) -> None:
    """Tell whoever is concerned; at 100 % the stage is counted as late, once."""
    share = scene.clocks.warn(clock.stage)
    if share == FULL and clock.stage in DUE_MEASURES and not clock.breached:
        clock.breached = True
        day = local_day(scene.now, scene.timezone)
        counting.count(DUE_MEASURES[clock.stage], scene.order.organization_id, day=day)
    topic = _topic(clock.stage, share)
    if topic is None:
        return
    outbox.enqueue(
        topic,
        _warning_facts(scene.order, clock, share, scene),
        key=f"order-timer:{clock.id}:{clock.rounds}:{local_text(clock.due_at, scene.timezone)}:{share}",
        organization_id=scene.order.organization_id,
        people=people_of(scene.order),
        now=scene.now,
    )


def _topic(stage: Stage, share: int) -> str | None:
    """Whom a warning concerns: the requester hears of his own two clocks, and of each only once."""
    if stage in REMINDERS:
        when, topic = REMINDERS[stage]
        return topic if share == when else None
    if share == FULL:
        return None if stage in STEPS_OF_TIME else "order.overdue"
    return "order.handler_warned" if stage in HANDLER_STAGES else "order.branch_warned"


def _warning_facts(order: Order, clock: Clock, share: int, scene: Scene) -> dict[str, Any]:
    return order_facts(order, at=scene.now, timezone=scene.timezone) | {
        "stage": clock.stage,
        "stage_label": STAGE_LABELS[clock.stage],
        "percent": share,
        "due_at": local_text(clock.due_at, scene.timezone),
    }


def _plan_claim_expired(scene: Scene) -> Plan:
    """Nobody took it: back to the dispatchers, whose clock starts again; the case's own runs on."""
    scene.clocks.stop(Stage.CLAIM)
    scene.clocks.start(Stage.DISPATCH)
    return Plan(dict(NO_TARGET), public=False, counts=[("order_claim_expired", 1)])


def _plan_expire_info(scene: Scene) -> Plan:
    """The requester has not answered; he may submit again with one tap."""
    scene.clocks.stop_all()
    changes = {"closed_at": scene.now, "resolution": Resolution.WITHDRAWN, "state_before": None}
    return Plan(changes, note="三天内没有收到补充，工单已自动撤回，您可以随时重新提交。")


STEPS_OF_TIME: dict[Stage, tuple[Action, Callable[[Scene], Plan]]] = {
    Stage.CLAIM: (Action.CLAIM_EXPIRED, _plan_claim_expired),
    Stage.INFO: (Action.EXPIRE_INFO, _plan_expire_info),
}
