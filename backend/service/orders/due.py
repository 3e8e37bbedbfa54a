"""What the clocks ask for: warnings at 50 and 80 %, and the steps that time takes by itself."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import peewee as pw

from backend.core.clock import local_day
from backend.core.crypto import mask_name
from backend.core.database import in_unit_of_work, rows_of
from backend.core.errors import Conflict
from backend.messaging import outbox
from backend.people.models import Account, Member, Membership, OrganizationPost
from backend.service.models import (
    Moderation,
    OrderCohandler,
    OrderSupervision,
    OrderTimer,
    Resolution,
    ServiceOrder,
    Stage,
)
from backend.service.orders.capacity import IN_HAND
from backend.service.orders.closing import plan_auto_close
from backend.service.orders.deciding import plan_resume
from backend.service.orders.duty_rounds import plan_auto_dispatch, waiting_orders
from backend.service.orders.engine import Plan, Scene, carry_out, legal_rule, swap, system_scene
from backend.service.orders.facts import local_text, order_facts, people_of
from backend.service.orders.handling import NO_TARGET
from backend.service.orders.labels import STAGE_LABELS
from backend.service.orders.loading import Order, read_case_by_id
from backend.service.orders.pressing import climb, urge_by_clock
from backend.service.orders.proposal import candidates_for
from backend.service.orders.releasing import release
from backend.service.orders.schemas import ResumeWork
from backend.service.orders.workflow import Action, State
from backend.service.teams.models import Team, TeamMember
from backend.service.timers.clocks import Clock
from backend.service.timers.rules import ENOUGH_TRIES, LADDER
from backend.tally import counting

SHANGHAI = ZoneInfo("Asia/Shanghai")
BATCH = 200
ASK_AGAIN_AFTER = timedelta(days=1)
HASTE, FULL = 80, 100
LOOKED_BACK = timedelta(days=7)  # a bot that was away for a week still sees what ended meanwhile
HANDLER_STAGES = frozenset({Stage.FIRST_CONTACT, Stage.RESOLVE})
# clocks that wait for the requester: at which share he is reminded
REMINDERS = {Stage.INFO: (80, "order.info_reminder"), Stage.AUTO_CLOSE: (50, "order.rating_reminder")}
# clocks whose end is no lateness of the branch: the requester's two, and the one of an order that another body has
WATCHES = frozenset({*REMINDERS, Stage.OUTCOME})
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
    return sum(_unless_disturbed(partial(_act, order_id, timezone, now)) for order_id in orders)


def _act(order_id: int, timezone: ZoneInfo, now: datetime) -> int:
    case = read_case_by_id(order_id, timezone=timezone, now=now)
    order = case.order
    scene = system_scene(case, timezone=timezone, now=now)
    ripe = scene.clocks.ripe()
    for clock in ripe:
        _warn(scene, clock)
    step = _step_of_time(scene, [clock.stage for clock in ripe if clock.warned == FULL])
    step = step or _step_of_haste(scene, [clock for clock in ripe if clock.warned == HASTE])
    if step is not None:
        action, plan = step
        carry_out(scene, legal_rule(order, action), plan)
    elif ripe:
        swap(order, {"due_at": scene.clocks.earliest_due()}, now=now)
        scene.clocks.save(order.id)
    return int(bool(ripe))


def _step_of_time(scene: Scene, ended: list[Stage]) -> tuple[Action, Plan] | None:
    """What follows by itself when these stages have used up their time."""
    for stage, (action, plan) in STEPS_OF_TIME.items():
        if stage in ended:
            return action, plan(scene)
    if Stage.AUTO_CLOSE in ended:
        if scene.order.follow_up_tries >= ENOUGH_TRIES:
            return Action.AUTO_CLOSE, plan_auto_close(scene)
        scene.clocks.ask_again(Stage.AUTO_CLOSE, scene.now + ASK_AGAIN_AFTER)
    late = [stage for stage in ended if stage not in WATCHES]
    if late and scene.order.supervised_level <= max(LADDER):
        return Action.SUPERVISE, climb(scene, max(scene.order.supervised_level, 1), f"{STAGE_LABELS[late[0]]}已逾期")
    return None


def _step_of_haste(scene: Scene, pressed: list[Clock]) -> tuple[Action, Plan] | None:
    """Rung 0 of the ladder (§4.5): at 80 % of the handler's time he and the dispatchers are urged, once a deadline."""
    clock = next((clock for clock in pressed if clock.stage in HANDLER_STAGES), None)
    if clock is None:
        return None
    plan = urge_by_clock(scene, _warning_facts(scene.order, clock, HASTE, scene))
    said = any(entry.action == Action.URGE and entry.note == plan.note for entry in scene.case.log)
    return None if said else (Action.URGE, plan)


def _warn(scene: Scene, clock: Clock) -> None:
    """Tell whoever is concerned; at 100 % the stage is counted as late, once."""
    share = scene.clocks.warn(clock.stage)
    if share == FULL and clock.stage in DUE_MEASURES and not clock.breached:
        clock.breached = True
        day = local_day(scene.now, scene.timezone)
        counting.count(DUE_MEASURES[clock.stage], scene.order.organization_id, day=day)
    topic = _topic(clock.stage, share)
    key = f"order-timer:{clock.id}:{clock.rounds}:{local_text(clock.due_at, scene.timezone)}:{share}"
    if topic is None or outbox.already_enqueued(key):
        return  # a clock that was stopped and goes on to the same deadline has given this warning
    outbox.enqueue(
        topic,
        _warning_facts(scene.order, clock, share, scene),
        key=key,
        organization_id=scene.order.organization_id,
        people=people_of(scene.order),
        now=scene.now,
    )


def _topic(stage: Stage, share: int) -> str | None:
    """Whom a warning concerns: the requester hears of his own two clocks, and of each only once."""
    if stage in REMINDERS:
        when, topic = REMINDERS[stage]
        return topic if share == when else None
    if stage is Stage.OUTCOME:
        return "order.branch_warned"  # no step follows at its end: the branch goes on asking the other body
    if share == FULL:
        return None  # the step that follows by itself is what is told: claim expired, or a rung of 督办
    if stage in HANDLER_STAGES:
        return None if share == HASTE else "order.handler_warned"  # that share is told as 催办
    return "order.branch_warned"


def _warning_facts(order: Order, clock: Clock, share: int, scene: Scene) -> dict[str, Any]:
    return order_facts(order, at=scene.now, timezone=scene.timezone) | {
        "stage": clock.stage,
        "stage_label": STAGE_LABELS[clock.stage],
        "percent": share,
        "due_at": local_text(clock.due_at, scene.timezone),
    }


def climb_ladder(*, now: datetime, timezone: ZoneInfo = SHANGHAI) -> int:
    """Put orders that are still late on the next rung of 督办 (`domain.md` §4.5); returns how many climbed."""
    due: pw.ModelSelect[Any] = (
        OrderSupervision.select(OrderSupervision.id, OrderSupervision.order)
        .where(OrderSupervision.next_at <= now)
        .order_by(OrderSupervision.next_at)
        .limit(BATCH)
    )
    rungs = [(rung_id, order_id) for rung_id, order_id in due.tuples()]
    return sum(_unless_disturbed(partial(_climb, rung, order, timezone, now)) for rung, order in rungs)


def _climb(rung_id: int, order_id: int, timezone: ZoneInfo, now: datetime) -> int:
    taken = OrderSupervision.update(next_at=None).where(
        OrderSupervision.id == rung_id, OrderSupervision.next_at.is_null(False)
    )
    case = read_case_by_id(order_id, timezone=timezone, now=now)
    order = case.order
    late = order.due_at is not None and order.due_at < now
    level = order.supervised_level + 1
    if not taken.execute() or not late or level > max(LADDER) + 1:
        return 0
    scene = system_scene(case, timezone=timezone, now=now)
    carry_out(scene, legal_rule(order, Action.SUPERVISE), climb(scene, level, "仍未办理，转上一级督办"))
    return 1


def remind_helpers(*, now: datetime, timezone: ZoneInfo = SHANGHAI) -> int:
    """Tell helpers whose time is nearly over, and them and the handler when it is; returns how many.

    Safe to ask twice: the row is moved on to its next notice before anything is said.
    """
    ripe: pw.ModelSelect[Any] = (
        OrderCohandler.select(OrderCohandler.id, OrderCohandler.order)
        .where(OrderCohandler.notice_at <= now)
        .order_by(OrderCohandler.notice_at)
        .limit(BATCH)
    )
    rows = list(ripe.tuples())
    return sum(in_unit_of_work(partial(_remind_helper, row, order, timezone, now)) for row, order in rows)


def _remind_helper(row_id: int, order_id: int, timezone: ZoneInfo, now: datetime) -> int:
    helper = OrderCohandler.select(OrderCohandler, Account).join(Account).where(OrderCohandler.id == row_id).get()
    over = helper.due_at <= now
    moved = OrderCohandler.update(notice_at=None if over else helper.due_at).where(
        OrderCohandler.id == row_id, OrderCohandler.notice_at <= now
    )
    if not moved.execute():
        return 0
    order = read_case_by_id(order_id, timezone=timezone, now=now).order
    if order.state not in IN_HAND:
        return 0
    facts = {"due_at": local_text(helper.due_at, timezone), "helper": mask_name(helper.account.display_name)}
    people: dict[str, Sequence[int | None]] = {"cohandler": [helper.account.id], "handler": [order.handler_id]}
    outbox.enqueue(
        "order.help_over" if over else "order.help_due",
        order_facts(order, at=now, timezone=timezone) | facts,
        key=f"order-help:{row_id}:{'over' if over else 'near'}",
        organization_id=order.organization_id,
        people=people,
        now=now,
    )
    return 1


def dispatch_by_duty(*, now: datetime, timezone: ZoneInfo = SHANGHAI) -> int:
    """Let duty lists dispatch what was accepted, in branches that want it (§4.3 row 8); returns how many."""
    waiting = waiting_orders(BATCH, timezone=timezone, now=now)
    return sum(_unless_disturbed(partial(_dispatch_by_duty, order_id, timezone, now)) for order_id in waiting)


def _dispatch_by_duty(order_id: int, timezone: ZoneInfo, now: datetime) -> int:
    case = read_case_by_id(order_id, timezone=timezone, now=now)
    if case.order.state is not State.ACCEPTED or case.order.moderation is not Moderation.PASSED:
        return 0
    scene = system_scene(case, timezone=timezone, now=now)
    plan = plan_auto_dispatch(scene, timezone=timezone, now=now)
    if plan is None:
        return 0
    carry_out(scene, legal_rule(case.order, Action.AUTO_DISPATCH), plan)
    return 1


def resume_held_orders(*, now: datetime, timezone: ZoneInfo = SHANGHAI) -> int:
    """Let orders go on whose hold has come to its date; returns how many."""
    held: pw.ModelSelect[Any] = (
        ServiceOrder.select(ServiceOrder.id)
        .where(ServiceOrder.hold_until <= now)
        .order_by(ServiceOrder.hold_until)
        .limit(BATCH)
    )
    return sum(_unless_disturbed(partial(_resume, order_id, timezone, now)) for (order_id,) in list(held.tuples()))


def _resume(order_id: int, timezone: ZoneInfo, now: datetime) -> int:
    case = read_case_by_id(order_id, timezone=timezone, now=now)
    order = case.order
    if order.hold_until is None or order.hold_until > now:
        return 0
    scene = system_scene(case, timezone=timezone, now=now)
    plan = plan_resume(scene, ResumeWork(note="挂起期满，自动恢复"))
    carry_out(scene, legal_rule(order, Action.RESUME), plan)
    return 1


def release_abandoned(*, now: datetime, timezone: ZoneInfo = SHANGHAI) -> int:
    """Bring back what lies with people whose post, membership or place in a team there is over; how many orders."""
    ended = set(_ended(local_day(now, timezone), now))
    found = [order for some in pw.chunked(sorted({account for account, _ in ended}), BATCH) for order in _held(some)]
    return sum(
        release(number, handler, timezone=timezone, now=now)
        for number, handler, place in found
        if (handler, place) in ended
    )


def _ended(today: date, now: datetime) -> Iterator[tuple[int, int]]:
    """For which accounts something ended lately, and in which organisations; each by an index of its own."""
    days = today - LOOKED_BACK, today - timedelta(days=1)
    post, stay, place = OrganizationPost, Membership, TeamMember
    yield from rows_of(post.select(post.account, post.organization).where(post.ends_on.between(*days)))
    stays = stay.select(Member.account, stay.organization).join(Member)
    yield from rows_of(stays.where(stay.until_on.between(*days), Member.account.is_null(False)))
    yield from rows_of(
        place.select(place.account, Team.organization).join(Team).where(place.left_at > now - LOOKED_BACK)
    )


def _held(accounts: Sequence[int]) -> list[tuple[str, int, int]]:
    """Number, handler and organisation of what these have in hand."""
    orders = ServiceOrder.select(ServiceOrder.number, ServiceOrder.handler, ServiceOrder.organization)
    return rows_of(orders.where(ServiceOrder.handler.in_(accounts), ServiceOrder.state.in_(IN_HAND)))


def _unless_disturbed(work: Callable[[], int]) -> int:
    """One order in one unit of work; a person who was faster is asked about again at the next tick."""
    try:
        return in_unit_of_work(work)
    except Conflict:
        return 0


def _plan_claim_expired(scene: Scene) -> Plan:
    """Nobody took it: back to the dispatchers, whose clock starts again and who are told whom to ask next; the
    case's own runs on."""
    scene.clocks.stop(Stage.CLAIM)
    scene.clocks.start(Stage.DISPATCH)
    next_ones = candidates_for(scene.order, timezone=scene.timezone, now=scene.now)
    proposed = [{"name": one.name, "reasons": one.reasons} for one in next_ones]
    return Plan(dict(NO_TARGET), public=False, facts={"proposed": proposed}, counts=[("order_claim_expired", 1)])


def _plan_expire_info(scene: Scene) -> Plan:
    """The requester has not answered; he may submit again with one tap."""
    scene.clocks.stop_all()
    changes = {"closed_at": scene.now, "resolution": Resolution.WITHDRAWN, "state_before": None}
    return Plan(changes, note="三天内没有收到补充，工单已自动撤回，您可以随时重新提交。")


STEPS_OF_TIME: dict[Stage, tuple[Action, Callable[[Scene], Plan]]] = {
    Stage.CLAIM: (Action.CLAIM_EXPIRED, _plan_claim_expired),
    Stage.INFO: (Action.EXPIRE_INFO, _plan_expire_info),
}
