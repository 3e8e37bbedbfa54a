"""Steps of the work itself: dispatch, claim, decline, contact, progress, transfer, complete."""

from datetime import datetime, timedelta
from typing import Any

from backend.core.clock import local_day
from backend.core.errors import invalid_field
from backend.media.service import find_pictures
from backend.service.models import OrderHandIn, Resolution, Stage
from backend.service.orders.capacity import refuse_overload
from backend.service.orders.engine import Plan, Scene
from backend.service.orders.facts import local_text
from backend.service.orders.forms import CHOICE_LABELS
from backend.service.orders.loading import TARGET_POOL
from backend.service.orders.schemas import (
    ClaimOrder,
    CompleteOrder,
    ContactWay,
    DeclineOrder,
    DispatchOrder,
    OrderTarget,
    Outcome,
    RecordContact,
    RecordProgress,
    TransferOrder,
)
from backend.service.orders.signing import rating_code
from backend.service.orders.targets import Target, find_target
from backend.service.orders.workflow import Action

# without a handler: what a dispatch, a transfer, a decline or a return leaves behind
NO_HANDLER = {"handler": None, "claimed_at": None, "contacted_at": None}
NO_TARGET = {"target_kind": None, "target": None, "team": None}
NO_HANDLER_SHOWN = {"handler_name": None, "handler_public_id": None, "handler_member_id": None}


def plan_dispatch(scene: Scene, body: DispatchOrder) -> Plan:
    """The clock of the whole case starts here, not when somebody signs for it (§4.1, return war)."""
    plan = _send_to(scene, body.target, body.note)
    if scene.order.on_board:
        plan.changes |= _on_board(scene, body)
    return plan


def _on_board(scene: Scene, body: DispatchOrder) -> dict[str, Any]:
    """On the board of wishes, where it is open to all, in the branch's words."""
    if body.target.kind != TARGET_POOL:
        return {"board_text": None}
    if body.board_text is None:
        raise invalid_field("board_text", "board_text_required", "请写明心愿墙上的文字，不写姓名和门牌")
    return {"board_text": body.board_text, "board_at": scene.now}


def plan_transfer(scene: Scene, body: TransferOrder) -> Plan:
    """Another target; the clock of the whole case runs on."""
    former = scene.order.handler_id
    scene.clocks.stop(Stage.FIRST_CONTACT)
    plan = _send_to(scene, body.target, body.note)
    plan.changes |= NO_HANDLER
    plan.shown |= NO_HANDLER_SHOWN
    plan.people |= {"former_handler": [former]}
    plan.counts = [("order_transferred", 1)]
    return plan


def _send_to(scene: Scene, wanted: OrderTarget, note: str | None) -> Plan:
    today = local_day(scene.now, scene.timezone)
    target = find_target(scene.order, wanted, today=today)
    refuse_overload(target, today=today)
    return send_to(scene, target, note)


def send_to(scene: Scene, target: Target, note: str | None) -> Plan:
    """To somebody, a team or the pool: the clock of the claim starts, that of the case goes on."""
    scene.clocks.prepare(Stage.CLAIM, Stage.FIRST_CONTACT, Stage.RESOLVE)
    scene.clocks.stop(Stage.DISPATCH)
    scene.clocks.start(Stage.CLAIM)
    scene.clocks.go_on(Stage.RESOLVE)
    changes = {
        "target_kind": target.kind,
        "target": target.account_id,
        "team": target.team_id,
        "dispatched_at": scene.now,
        "returned_at": None,
    }
    claim = scene.clocks.get(Stage.CLAIM)
    facts = {"due_at": local_text(claim.due_at if claim else None, scene.timezone), "team": target.team_name}
    people = {"offered": target.offered_to} if target.team_id else {}
    return Plan(changes, {"team_name": target.team_name}, note=note, public=False, facts=facts, people=dict(people))


def plan_claim(scene: Scene, body: ClaimOrder) -> Plan:
    """One lead handler takes it (首接负责); the compare-and-swap lets only one win."""
    safeguard = scene.order.safeguard
    if safeguard and not body.safeguard_read:
        raise invalid_field("safeguard_read", "safeguard_unread", f"接单前请先阅读：{safeguard}")
    scene.clocks.stop(Stage.CLAIM)
    scene.clocks.start(Stage.FIRST_CONTACT)
    caller = scene.caller
    assert caller is not None
    return Plan(
        {"handler": caller.account_id, "claimed_at": scene.now},
        {
            "handler_name": scene.order.caller_name or caller.display_name,
            "handler_public_id": caller.public_id,
            "handler_member_id": caller.member_id,
        },
        note=body.note,
        public=False,
        counts=[("order_wish_claimed", 1)] if _first_of_a_wish(scene) else [],
    )


def _first_of_a_wish(scene: Scene) -> bool:
    return scene.order.on_board and not any(entry.action == Action.CLAIM for entry in scene.case.log)


def plan_decline(scene: Scene, body: DeclineOrder) -> Plan:
    """Back into the queue; not counted as a return."""
    scene.clocks.stop(Stage.CLAIM)
    scene.clocks.start(Stage.DISPATCH)
    return Plan(dict(NO_TARGET), note=body.note, public=False, facts={"note": body.note})


def plan_first_contact(scene: Scene, body: RecordContact) -> Plan:
    """The response that the 响应率 counts; the clock looks at when it was logged."""
    order = scene.order
    contacted_at = body.contacted_at or scene.now
    _check_contact_time(scene, contacted_at)
    scene.clocks.stop(Stage.FIRST_CONTACT)
    way = CHOICE_LABELS[ContactWay][body.way]
    counts = scene.counts_of(Stage.FIRST_CONTACT, "order_response_due", "order_responded_in_time")
    if order.claimed_at and order.dispatched_at:
        # counted here and not at the claim, which has to be quick
        waited = (order.claimed_at - order.dispatched_at) // timedelta(minutes=1)
        counts += [("order_claimed", 1), ("order_claim_minutes", waited)]
    note = f"{way}联系" + (f"：{body.note}" if body.note else "")
    return Plan({"contacted_at": contacted_at}, note=note, public=False, counts=counts)


def _check_contact_time(scene: Scene, contacted_at: datetime) -> None:
    if contacted_at > scene.now:
        raise invalid_field("contacted_at", "in_the_future", "联系时间不能晚于现在")
    if contacted_at < scene.order.created_at:
        raise invalid_field("contacted_at", "before_the_order", "联系时间不能早于提单时间")


def plan_progress(scene: Scene, body: RecordProgress) -> Plan:
    """A public note is told to the requester, an internal one to nobody."""
    return Plan(note=body.note, public=body.public, topic=None if body.public else "order.noted")


def plan_complete(scene: Scene, body: CompleteOrder) -> Plan:
    """The hand-in form; the requester is asked to rate."""
    order, caller = scene.order, scene.caller
    assert caller is not None
    _check_contact_time(scene, body.contacted_at)
    pictures = find_pictures(body.attachments, uploader_id=caller.account_id, field="attachments")
    if order.decides != (body.adopted is not None):
        sentence = "请写明建议是否采纳" if order.decides else "只有建议类才填写是否采纳"
        raise invalid_field("adopted", "bad_decision", sentence)
    if order.needs_evidence and not pictures:
        raise invalid_field("attachments", "evidence_required", "这类服务办结时须附至少一张照片")
    scene.clocks.prepare(Stage.FOLLOW_UP, Stage.AUTO_CLOSE)
    scene.clocks.stop(Stage.RESOLVE)
    scene.clocks.start(Stage.FOLLOW_UP, Stage.AUTO_CLOSE)
    hand_in = {
        "handler": caller.account_id,
        "at": scene.now,
        **body.model_dump(include={"truthful", "contacted_at", "solved", "outcome", "reason", "public_reply"}),
    }
    return Plan(
        {"completed_at": scene.now, "resolution": _resolution(body)},
        note=body.public_reply,
        facts={"rate": rating_code(order.number)},
        rows=[(OrderHandIn, hand_in)],
        pictures=pictures,
        counts=[("order_completed", 1)],
    )


def _resolution(body: CompleteOrder) -> Resolution:
    if body.adopted is not None:
        return Resolution.ADOPTED if body.adopted else Resolution.DECLINED
    if not body.truthful:
        return Resolution.UNFOUNDED
    return reached(solved=body.solved, outcome=body.outcome)


def reached(*, solved: bool, outcome: Outcome | None) -> Resolution:
    """What came of it in the words of whoever says so."""
    if solved:
        return Resolution.RESOLVED
    return Resolution(outcome) if outcome is not None else Resolution.UNRESOLVED
