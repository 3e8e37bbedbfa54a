"""Steps after the completion: rework, and the requester's word that closes the order."""

from decimal import Decimal

from backend.card.ledger import Entry
from backend.card.models import StudyRecord
from backend.core.errors import Conflict
from backend.service.models import OrderFollowUp, OrderRating, OrderTeamCredit, Priority, Resolution, Stage
from backend.service.orders.engine import Plan, Scene
from backend.service.orders.forms import CHOICE_LABELS
from backend.service.orders.handling import NO_HANDLER, NO_HANDLER_SHOWN, NO_TARGET
from backend.service.orders.loading import Order
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

CARD_KIND = "service"
RAISED = {
    Priority.DIFFICULT: Priority.ORDINARY,
    Priority.ORDINARY: Priority.PROMPT,
    Priority.PROMPT: Priority.URGENT,
    Priority.URGENT: Priority.URGENT,
}
DECISIONS = (Resolution.ADOPTED, Resolution.DECLINED)
CONTENT = Satisfaction.SATISFIED, Satisfaction.FAIRLY


def plan_rework(scene: Scene, body: SendBackToWork) -> Plan:
    """The handler goes on with what was left of his time, a day at least."""
    scene.clocks.stop(Stage.FOLLOW_UP, Stage.AUTO_CLOSE)
    scene.clocks.go_on(Stage.RESOLVE)
    changes = {"completed_at": None, "resolution": None}
    return Plan(changes, note=body.note, counts=[("order_reworked", 1)])


def plan_confirm(scene: Scene, body: ConfirmOrder) -> Plan:
    """Closes the order: the rating, the rates, the hours on the handler's study card."""
    resolution = Resolution.RESOLVED if body.solved else Resolution.UNRESOLVED
    plan = close(scene, resolution)
    plan.note = CHOICE_LABELS[Satisfaction][body.satisfaction] + (f"：{body.comment}" if body.comment else "")
    plan.facts["rating"] = CHOICE_LABELS[Satisfaction][body.satisfaction]
    plan.rows.append((OrderRating, {"at": scene.now, **body.model_dump()}))
    plan.counts += [("order_asked", 1)]
    plan.counts += _answer_counts(solved=body.solved, satisfaction=body.satisfaction)
    return plan


def _answer_counts(*, solved: bool, satisfaction: Satisfaction | None) -> list[tuple[str, int]]:
    counts = [("order_answered", 1)]
    counts += [("order_said_solved", 1)] if solved else []
    return counts + ([("order_satisfied", 1)] if satisfaction in CONTENT else [])


def plan_follow_up(scene: Scene, body: FollowUpOrder) -> Plan:
    """Whoever was reached decides: solved closes, unsolved goes back to the dispatchers; a try is a try."""
    order, caller = scene.order, scene.caller
    assert caller is not None
    if not body.reached:
        plan = Plan({"follow_up_tries": order.follow_up_tries + 1}, chosen=order.state)
        if order.follow_up_tries + 1 >= ENOUGH_TRIES:
            scene.clocks.stop(Stage.FOLLOW_UP)
    elif body.solved:
        plan = close(scene, Resolution.RESOLVED)
        plan.chosen = State.CLOSED
    else:
        plan = _do_again(scene)
        plan.chosen = State.ACCEPTED
    plan.counts += _answer_counts(solved=bool(body.solved), satisfaction=body.satisfaction) if body.reached else []
    plan.counts += [("order_asked", 1)] if body.reached else []
    way = CHOICE_LABELS[ContactWay][body.way] + ("回访" if body.reached else "回访未联系上")
    plan.note, plan.public = way + (f"：{body.note}" if body.note else ""), False
    plan.facts |= {"reached": body.reached, "solved": body.solved, "note": body.note}
    plan.rows.append((OrderFollowUp, {"at": scene.now, "by": caller.account_id, **body.model_dump()}))
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
        plan.counts += [("order_resolved", -1)] if order.resolution == Resolution.RESOLVED else []
    return plan


def _do_again(scene: Scene) -> Plan:
    """Back to the dispatchers; the clock of the case goes on with what was left, a day at least."""
    order, clocks = scene.order, scene.clocks
    clocks.claimant = Claimant(order.service_type_id, order.organization_path, RAISED[Priority(order.priority)])
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
    if resolution is Resolution.RESOLVED:
        counts.append(("order_resolved", 1))
    scene.clocks.mark_counted(Stage.RESOLVE)
    scene.clocks.stop_all()
    plan = Plan({"closed_at": scene.now, "resolution": resolution}, counts=counts)
    if credit:
        credit_hours(scene, plan)
    return plan


def credit_hours(scene: Scene, plan: Plan) -> None:
    """The hours of the kind of service, on the handler's study card and for the team that was sent, once."""
    order = scene.order
    if order.handler_member_id and order.hours > 0 and not _credited(order):
        plan.card = order.handler_member_id, _card_entry(scene, order)
        plan.counts.append(("service_minutes", _minutes(order)))
    if order.handler_id and order.team_id and order.hours > 0 and not _team_credited(order):
        row = {"team": order.team_id, "minutes": _minutes(order), "at": scene.now}
        plan.rows.append((OrderTeamCredit, row))


def _minutes(order: Order) -> int:
    return int(order.hours * 60)


def _team_credited(order: Order) -> bool:
    """Whether an earlier closing has given a team these hours already."""
    return bool(OrderTeamCredit.select(OrderTeamCredit.id).where(OrderTeamCredit.order == order.id).exists())


def _card_entry(scene: Scene, order: Order) -> Entry:
    """What the card says; where the resident lives is not the card's business."""
    return Entry(
        at=order.completed_at or scene.now,
        place=order.organization_name,
        content=f"{order.type_name}（工单 {order.number}）",
        kind=CARD_KIND,
        hours=Decimal(order.hours),
        source=card_source(order),
        confirmed_by=order.organization_id,
    )


def card_source(order: Order) -> str:
    """How the card names the order, so that hours are never counted twice."""
    return f"order:{order.id}"


def _credited(order: Order) -> bool:
    """Whether an earlier closing has given this handler his hours already."""
    return bool(
        StudyRecord.select(StudyRecord.id)
        .where(StudyRecord.member == order.handler_member_id, StudyRecord.source == card_source(order))
        .exists()
    )
