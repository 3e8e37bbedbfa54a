"""What the handler may ask for and somebody else decides: hold, extend, return; and the ruling that ends a dispute."""

from datetime import datetime, timedelta

from backend.core.clock import local_day
from backend.core.errors import Conflict, invalid_field
from backend.service.models import Stage
from backend.service.orders.engine import Plan, Scene
from backend.service.orders.forms import CHOICE_LABELS
from backend.service.orders.handling import NO_HANDLER, NO_HANDLER_SHOWN, NO_TARGET
from backend.service.orders.loading import TARGET_MEMBER
from backend.service.orders.schemas import (
    AskForExtension,
    AskForHold,
    AskForReturn,
    DecideRequest,
    DenyRequest,
    OrderTarget,
    ResumeWork,
    ReturnReason,
    RuleOnHandler,
)
from backend.service.orders.targets import find_target, person_of
from backend.service.orders.workflow import Action, State
from backend.service.timers.rules import LONGEST_HOLD_DAYS, RETURN_WINDOW

NO_REQUEST = {"request_kind": None, "request_until": None}


def plan_ask_hold(scene: Scene, body: AskForHold) -> Plan:
    """Waiting for material, weather or a third party; the secretary decides."""
    if not scene.now < body.until <= scene.now + timedelta(days=LONGEST_HOLD_DAYS):
        raise invalid_field("until", "bad_hold", f"挂起须到将来的某一天，最长{LONGEST_HOLD_DAYS}天")
    return _ask(Action.HOLD, body.until, body.note)


def plan_ask_extension(scene: Scene, body: AskForExtension) -> Plan:
    """Only before the deadline; the requester is told the reason."""
    clock = scene.clocks.get(Stage.RESOLVE)
    if clock is None or clock.is_late(scene.now):
        raise Conflict("deadline_passed", "已经超过办理期限，不能再申请延期")
    if clock.due_at is None or body.until <= clock.due_at:
        raise invalid_field("until", "not_later", "延期后的时间须晚于现在的期限")
    if body.until > clock.due_at + timedelta(days=LONGEST_HOLD_DAYS):
        raise invalid_field("until", "too_far", f"一次最多延期{LONGEST_HOLD_DAYS}天")
    return _ask(Action.EXTEND, body.until, body.note)


def plan_ask_return(scene: Scene, body: AskForReturn) -> Plan:
    """Within the window after the claim; the clock of the case runs on whatever is decided."""
    minutes, pace = RETURN_WINDOW
    claimed_at = scene.order.claimed_at or scene.now
    if scene.now > scene.clocks.calendar_add(minutes, pace, since=claimed_at):
        raise Conflict("return_window_closed", "接单超过一个工作日，不能再申请退单，请联系派单员转派")
    reason = CHOICE_LABELS[ReturnReason][body.reason]
    return _ask(Action.RETURN, None, f"{reason}：{body.note}")


def _ask(kind: Action, until: datetime | None, note: str) -> Plan:
    return Plan({"request_kind": kind, "request_until": until}, note=note, public=False, facts={"reason": note})


def plan_approve(scene: Scene, body: DecideRequest) -> Plan:
    """The request has its effect."""
    order = scene.order
    plan = APPROVALS[Action(order.request_kind or "")](scene)
    plan.note, plan.public = body.note, False
    plan.changes |= NO_REQUEST
    plan.facts |= {"request": order.request_kind}
    return plan


def plan_deny(scene: Scene, body: DenyRequest) -> Plan:
    """Everything stays as it was, with a reason."""
    facts = {"request": scene.order.request_kind, "reason": body.note}
    return Plan(dict(NO_REQUEST), note=body.note, public=False, facts=facts)


def _approve_hold(scene: Scene) -> Plan:
    scene.clocks.pause()
    order = scene.order
    changes = {"hold_count": order.hold_count + 1, "hold_until": order.request_until}
    return Plan(changes, chosen=State.ON_HOLD, counts=[("order_held", 1)])


def _approve_extension(scene: Scene) -> Plan:
    order = scene.order
    if order.request_until is not None:
        scene.clocks.extend(Stage.RESOLVE, order.request_until)
    changes = {"extension_count": order.extension_count + 1}
    asked = next(entry for entry in reversed(scene.case.log) if entry.action == Action.EXTEND)
    facts = {"reason": asked.note, "until": scene.local_text(order.request_until)}
    return Plan(changes, chosen=order.state, facts=facts, counts=[("order_extended", 1)], topic="order.extended")


def _approve_return(scene: Scene) -> Plan:
    scene.clocks.stop(Stage.FIRST_CONTACT)
    scene.clocks.start(Stage.DISPATCH)
    order = scene.order
    changes = {"return_count": order.return_count + 1, "returned_at": scene.now, **NO_HANDLER, **NO_TARGET}
    return Plan(
        changes,
        dict(NO_HANDLER_SHOWN),
        chosen=State.ACCEPTED,
        people={"former_handler": [order.handler_id]},
        counts=[("order_returned", 1)],
    )


APPROVALS = {
    Action.HOLD: _approve_hold,
    Action.EXTEND: _approve_extension,
    Action.RETURN: _approve_return,
}


def plan_resume(scene: Scene, body: ResumeWork) -> Plan:
    """The clocks tick again with what they had left."""
    scene.clocks.resume()
    return Plan({"hold_until": None}, note=body.note, public=False)


def plan_rule(scene: Scene, body: RuleOnHandler) -> Plan:
    """The final word (审定): names the handler, who cannot return it."""
    order = scene.order
    today = local_day(scene.now, scene.timezone)
    target = find_target(order, OrderTarget(kind=TARGET_MEMBER, id=body.member), today=today)
    assert target.account_id is not None
    scene.clocks.prepare(Stage.FIRST_CONTACT, Stage.RESOLVE)
    scene.clocks.stop(Stage.DISPATCH, Stage.CLAIM)
    scene.clocks.start(Stage.FIRST_CONTACT)
    scene.clocks.go_on(Stage.RESOLVE)
    changes = {
        "handler": target.account_id,
        "target": target.account_id,
        "target_kind": TARGET_MEMBER,
        "team": None,
        "claimed_at": scene.now,
        "contacted_at": None,
        "dispatched_at": order.dispatched_at or scene.now,
        "returned_at": None,
        "ruled": True,
    }
    plan = Plan(changes, person_of(target.account_id), note=body.note, public=False)
    if order.handler_id != target.account_id:
        plan.people["former_handler"] = [order.handler_id]
    return plan
