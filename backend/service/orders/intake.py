"""Steps between the request and the dispatch: ask, supply, accept, refuse, cancel."""

from backend.service.catalogue.listing import find_open_type
from backend.service.models import Moderation, Resolution, Stage
from backend.service.orders.engine import Plan, Scene
from backend.service.orders.forms import CHOICE_LABELS
from backend.service.orders.hours import credit_hours
from backend.service.orders.rerouting import own_grid
from backend.service.orders.schemas import (
    AcceptOrder,
    AppealRefusal,
    AskInfo,
    CancelOrder,
    ProxyConsent,
    RefusalReason,
    RefuseOrder,
    SupplyInfo,
    WriteDown,
)
from backend.service.orders.workflow import Action
from backend.service.timers.rules import Claimant

# what the snapshot of an order takes from its kind
FROM_KIND = ("needs_evidence", "hours", "takers", "safeguard", "on_board", "decides")


def plan_ask_info(scene: Scene, body: AskInfo) -> Plan:
    """The order's clocks stand still while the requester has the ball."""
    scene.clocks.pause()
    scene.clocks.start(Stage.INFO)
    return Plan({"state_before": scene.order.state}, note=body.note)


def plan_supply(scene: Scene, body: SupplyInfo) -> Plan:
    """New words of the requester are checked like the first ones, and nothing is dispatched before."""
    scene.clocks.stop(Stage.INFO)
    scene.clocks.resume()
    changes = {"state_before": None, "moderation": Moderation.PENDING}
    return Plan(changes, note=body.note, check=body.note)


def plan_accept(scene: Scene, body: AcceptOrder) -> Plan:
    """Kind, priority and grid are set here; the clocks that follow obey them."""
    order = scene.order
    plan = Plan(note=body.note, public=False, counts=[("order_accepted", 1)])
    if body.service_type is not None and body.service_type != order.type_code:
        kind = find_open_type(body.service_type, order.organization_path)
        plan.changes["service_type"] = kind.id
        plan.shown |= {"type_code": kind.code, "type_name": kind.name}
        plan.shown |= {name: getattr(kind, name) for name in FROM_KIND}
    if plan.shown.get("on_board", order.on_board):
        plan.counts.append(("order_wish_accepted", 1))
    if body.priority is not None:
        plan.changes["priority"] = body.priority
    if body.grid is not None:
        plan.changes["grid"], plan.shown["grid_name"] = own_grid(order, body.grid)
    scene.clocks.claimant = Claimant(
        plan.shown.get("type_code", order.type_code),
        order.organization_path,
        plan.changes.get("priority", order.priority),
    )
    scene.clocks.stop(Stage.ACCEPT)
    scene.clocks.start(Stage.DISPATCH)
    return plan


def plan_refuse(scene: Scene, body: RefuseOrder) -> Plan:
    """The requester is told why, and where to go instead."""
    scene.clocks.stop_all()
    reason = CHOICE_LABELS[RefusalReason][body.reason]
    return Plan(
        {"closed_at": scene.now},
        note=f"{reason}：{body.note}",
        facts={"reason": reason},
        counts=[("order_refused", 1)],
    )


def plan_appeal(scene: Scene, body: AppealRefusal) -> Plan:
    """Once: now the organisation above decides, and its clock to accept starts."""
    scene.clocks.start(Stage.ACCEPT)
    order = scene.order
    called = any(entry.action == Action.CALL_BACK for entry in scene.case.log)
    owed = order.beneficiary_phone is not None and order.proxy_consent != ProxyConsent.OWN_CALL and not called
    changes = {"appealed": True, "closed_at": None, "call_owed_at": scene.now if owed else order.call_owed_at}
    return Plan(changes, note=body.note, counts=[("order_appealed", 1)])


def plan_write_down(scene: Scene, body: WriteDown) -> Plan:
    """Whoever has listened types it: from then on it is the text of the order, checked like any other."""
    heard = f"【语音记录】{body.text}"
    words = "\n".join(part for part in (scene.order.description, heard) if part)
    changes = {"description": words, "voice_since": None, "moderation": Moderation.PENDING}
    return Plan(changes, note=body.text, check=body.text)


def plan_cancel(scene: Scene, body: CancelOrder) -> Plan:
    """The requester withdraws; whoever has the order in hand is thanked, and keeps hours for a contact made."""
    scene.clocks.stop_all()
    changes = {
        "closed_at": scene.now,
        "resolution": Resolution.WITHDRAWN,
        "state_before": None,
        "returned_at": None,
        "hold_until": None,
    }
    plan = Plan(changes, note=body.note, counts=[("order_cancelled", 1)])
    if scene.order.contacted_at is not None:
        credit_hours(scene, plan)
    return plan
