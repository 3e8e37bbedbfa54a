"""Steps after the completion: rework, and the requester's word that closes the order."""

from datetime import datetime

from backend.core.database import rows_of
from backend.core.errors import Conflict
from backend.service.models import OrderCallBack, OrderFollowUp, OrderRating, Priority, Resolution, Stage
from backend.service.orders.engine import Plan, Scene
from backend.service.orders.forms import CHOICE_LABELS
from backend.service.orders.handling import NO_HANDLER, NO_HANDLER_SHOWN, NO_TARGET, reached
from backend.service.orders.hours import credit_hours, void_hours
from backend.service.orders.proxies import call_row
from backend.service.orders.schemas import (
    ConfirmOrder,
    ContactWay,
    FollowUpOrder,
    ReopenOrder,
    Satisfaction,
    SendBackToWork,
)
from backend.service.orders.workflow import State
from backend.service.timers.rules import ENOUGH_TRIES, Claimant

RAISED = {
    Priority.DIFFICULT: Priority.ORDINARY,
    Priority.ORDINARY: Priority.PROMPT,
    Priority.PROMPT: Priority.URGENT,
    Priority.URGENT: Priority.URGENT,
}
PARTS = (Resolution.PARTLY, Resolution.EXPLAINED)
DECISIONS = (Resolution.ADOPTED, Resolution.DECLINED)
# what a closing is counted as, beside being one
COUNTED = {
    Resolution.RESOLVED: "order_resolved",
    Resolution.PARTLY: "order_partly",
    Resolution.EXPLAINED: "order_explained",
}
CONTENT = Satisfaction.SATISFIED, Satisfaction.FAIRLY


def plan_rework(scene: Scene, body: SendBackToWork) -> Plan:
    """The handler goes on with what was left of his time, a day at least."""
    scene.clocks.stop(Stage.FOLLOW_UP, Stage.AUTO_CLOSE)
    scene.clocks.go_on(Stage.RESOLVE)
    changes = {"completed_at": None, "resolution": None}
    return Plan(changes, note=body.note, counts=[("order_reworked", 1)])


def plan_confirm(scene: Scene, body: ConfirmOrder) -> Plan:
    """Closes the order: the rating, the rates, the hours on the handler's study card."""
    plan = close(scene, heard(body.solved, scene.order.resolution))
    plan.note = CHOICE_LABELS[Satisfaction][body.satisfaction] + (f"：{body.comment}" if body.comment else "")
    plan.facts["rating"] = CHOICE_LABELS[Satisfaction][body.satisfaction]
    plan.rows.append((OrderRating, {"at": scene.now, **body.model_dump()}))
    if not body.solved or body.satisfaction not in CONTENT:
        plan.topic = "order.closed_unsatisfied"
    plan.counts += [("order_asked", 1)]
    plan.counts += _answer_counts(solved=body.solved, satisfaction=body.satisfaction)
    return plan


def heard(solved: bool, handed_in: str | None) -> Resolution:
    """The requester's word over the handler's; one who is not helped in full knows of no parts and explanations."""
    if not solved and handed_in in PARTS:
        return Resolution(handed_in)
    return Resolution.RESOLVED if solved else Resolution.UNRESOLVED


def _answer_counts(*, solved: bool, satisfaction: Satisfaction | None) -> list[tuple[str, int]]:
    counts = [("order_answered", 1)]
    counts += [("order_said_solved", 1)] if solved else []
    return counts + ([("order_satisfied", 1)] if satisfaction in CONTENT else [])


def plan_follow_up(scene: Scene, body: FollowUpOrder) -> Plan:
    """Whoever was reached decides: solved, or content with a part or an explanation, closes; unsolved goes back to
    the dispatchers; a try is a try."""
    order, caller = scene.order, scene.caller
    assert caller is not None
    if not body.reached:
        plan = Plan({"follow_up_tries": order.follow_up_tries + 1}, chosen=order.state)
        if order.follow_up_tries + 1 >= ENOUGH_TRIES:
            scene.clocks.stop(Stage.FOLLOW_UP)
    elif body.solved or body.outcome is not None:
        plan = close(scene, reached(solved=bool(body.solved), outcome=body.outcome))
        plan.chosen = State.CLOSED
    else:
        plan = _do_again(scene)
        plan.chosen = State.ACCEPTED
    plan.counts += _answer_counts(solved=bool(body.solved), satisfaction=body.satisfaction) if body.reached else []
    plan.counts += [("order_asked", 1)] if body.reached else []
    way = CHOICE_LABELS[ContactWay][body.way] + ("回访" if body.reached else "回访未联系上")
    plan.note, plan.public = way + (f"：{body.note}" if body.note else ""), False
    plan.facts |= {"reached": body.reached, "solved": body.solved, "note": body.note}
    said = body.model_dump(exclude={"own_word"})
    plan.rows.append((OrderFollowUp, {"at": scene.now, "by": caller.account_id, **said}))
    if body.own_word and order.call_owed_at:
        plan.changes["call_owed_at"] = None
        heard = call_row(scene, way=body.way, reached=True, agrees=None, note="回访时由本人回答")
        plan.rows.append((OrderCallBack, heard))
    return plan


def plan_reopen(scene: Scene, body: ReopenOrder) -> Plan:
    """Within the window, one step more urgent; what was counted as closed is no longer."""
    order, clocks = scene.order, scene.clocks
    clocks.prepare(Stage.REOPEN)
    window = clocks.get(Stage.REOPEN)
    ended_at = order.closed_at or order.completed_at or scene.now
    assert window is not None
    if scene.now > clocks.calendar_add(window.minutes, window.pace, since=ended_at):
        raise Conflict("reopen_window_closed", "已过重办期限，请重新提交一张工单")
    plan = _do_again(scene)
    plan.changes |= {"reopen_count": order.reopen_count + 1, "priority": RAISED[Priority(order.priority)]}
    plan.note = body.note
    plan.counts = [("order_reopened", 1)]
    if order.state is State.CLOSED:
        plan.counts.append(("order_closed", -1))
        plan.counts += [(COUNTED[Resolution(order.resolution)], -1)] if order.resolution in COUNTED else []
        plan.counts += [("order_said_solved", -1)] if said_solved(order.id, until=scene.now) else []
        void_hours(scene, plan)
    return plan


def said_solved(order_id: int, *, until: datetime) -> bool:
    """Whether the last answer up to an instant, by rating or at a follow-up, was that it is solved."""
    rated = OrderRating.select(OrderRating.at, OrderRating.solved).where(OrderRating.order == order_id)
    called = OrderFollowUp.select(OrderFollowUp.at, OrderFollowUp.solved).where(
        OrderFollowUp.order == order_id, OrderFollowUp.reached
    )
    answers = [(at, bool(solved)) for rows in (rated, called) for at, solved in rows_of(rows) if at <= until]
    return max(answers, default=(until, False))[1]


def _do_again(scene: Scene) -> Plan:
    """Back to the dispatchers; the clock of the case goes on with what was left, a day at least."""
    order, clocks = scene.order, scene.clocks
    clocks.claimant = Claimant(order.type_code, order.organization_path, RAISED[Priority(order.priority)])
    clocks.stop(Stage.FOLLOW_UP, Stage.AUTO_CLOSE, Stage.OUTCOME)
    clocks.reconsider(Stage.DISPATCH, Stage.CLAIM, Stage.FIRST_CONTACT)
    clocks.start(Stage.DISPATCH)
    clocks.go_on(Stage.RESOLVE)
    changes = {
        **NO_HANDLER,
        **NO_TARGET,
        "completed_at": None,
        "closed_at": None,
        "resolution": None,
        "follow_up_tries": 0,
    }
    return Plan(
        changes,
        dict(NO_HANDLER_SHOWN),
        people={"former_handler": [order.handler_id]},
        counts=[("order_redone", 1)],
    )


def plan_auto_close(scene: Scene) -> Plan:
    """The requester was silent and follow-up tried twice: closed, 未评价, never counted as satisfied."""
    plan = close(scene, Resolution(scene.order.resolution or Resolution.UNRESOLVED))
    plan.note = "多次回访未联系上，超期自动结案（未评价）"
    plan.counts += [("order_asked", 1), ("order_unrated", 1)]
    return plan


def close(scene: Scene, resolution: Resolution, *, credit: bool = True) -> Plan:
    """What every closing has in common, whoever closes; a suggestion stays adopted or declined."""
    if scene.order.resolution in DECISIONS:
        resolution = Resolution(scene.order.resolution)
    counts = [
        ("order_closed", 1),
        *scene.counts_of(Stage.RESOLVE, "order_resolve_due", "order_resolved_in_time"),
    ]
    if resolution in COUNTED:
        counts.append((COUNTED[resolution], 1))
    scene.clocks.mark_counted(Stage.RESOLVE)
    scene.clocks.stop_all()
    plan = Plan({"closed_at": scene.now, "resolution": resolution}, counts=counts)
    if credit:
        credit_hours(scene, plan)
    return plan
