"""Steps after the completion: rework, and the requester's word that closes the order."""

from decimal import Decimal

from backend.card.ledger import Entry
from backend.card.models import StudyRecord
from backend.service.models import OrderRating, Resolution, Stage
from backend.service.orders.engine import Plan, Scene
from backend.service.orders.forms import CHOICE_LABELS
from backend.service.orders.loading import Order
from backend.service.orders.schemas import ConfirmOrder, Satisfaction, SendBackToWork

CARD_KIND = "service"
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
    plan.counts += [("order_answered", 1), ("order_asked", 1)]
    plan.counts += [("order_said_solved", 1)] if body.solved else []
    plan.counts += [("order_satisfied", 1)] if body.satisfaction in CONTENT else []
    return plan


def close(scene: Scene, resolution: Resolution) -> Plan:
    """What every closing has in common, whoever closes."""
    order = scene.order
    counts = [
        ("order_closed", 1),
        *scene.counts_of(Stage.RESOLVE, "order_resolve_due", "order_resolved_in_time"),
    ]
    if resolution is Resolution.RESOLVED:
        counts.append(("order_resolved", 1))
    scene.clocks.stop_all()
    plan = Plan({"closed_at": scene.now, "resolution": resolution}, counts=counts)
    if order.handler_member_id and order.hours > 0 and not _credited(order):
        plan.card = order.handler_member_id, _card_entry(scene, order)
        plan.counts.append(("service_minutes", int(order.hours * 60)))
    return plan


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
    """Whether a closing before a reopening has given this handler his hours already."""
    return bool(order.reopen_count) and (
        StudyRecord.select(StudyRecord.id)
        .where(StudyRecord.member == order.handler_member_id, StudyRecord.source == card_source(order))
        .exists()
    )
