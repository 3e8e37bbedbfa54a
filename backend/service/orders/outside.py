"""Steps that lead out of the branch's own work: merge, refer, close or take back a referral, add a helper."""

from datetime import timedelta
from typing import Any

from backend.core.clock import local_day
from backend.core.errors import invalid_field
from backend.service.catalogue.listing import versions_of
from backend.service.models import OrderCohandler, OrderReferral, Resolution, ServiceOrder, Stage
from backend.service.orders.closing import close
from backend.service.orders.engine import Plan, Scene
from backend.service.orders.facts import local_text
from backend.service.orders.handling import NO_HANDLER, NO_HANDLER_SHOWN, NO_TARGET
from backend.service.orders.loading import TARGET_MEMBER
from backend.service.orders.schemas import (
    AddCohandler,
    CloseReferral,
    MergeOrder,
    OrderTarget,
    ReferOrder,
    TakeBackReferral,
)
from backend.service.orders.targets import find_target
from backend.service.orders.workflow import OPEN

LONGEST_HELP = timedelta(days=60)
HELP_PRESSES = 0.8  # of the time: as the handler's own clocks (`domain.md` §4.4)


def plan_merge(scene: Scene, body: MergeOrder) -> Plan:
    """The same matter is in hand already: its requester follows the other order."""
    order = scene.order
    parent: ServiceOrder | None = ServiceOrder.get_or_none(
        ServiceOrder.number == body.parent,
        ServiceOrder.organization == order.organization_id,
        ServiceOrder.service_type.in_(versions_of(order.type_code)),
        ServiceOrder.state.in_(list(OPEN)),
        ServiceOrder.id != order.id,
    )
    if parent is None:
        raise invalid_field("parent", "no_such_parent", "只能并入本支部同类的、还在办理的另一张工单")
    scene.clocks.stop_all()
    changes = {"parent": parent.id, "closed_at": scene.now, "resolution": Resolution.DUPLICATE, "merged_count": 0}

    def follow(_: Any) -> None:
        joining = ServiceOrder.update(parent=parent.id).where(ServiceOrder.parent == order.id)
        joining.execute()
        more = ServiceOrder.merged_count + 1 + order.merged_count
        ServiceOrder.update(merged_count=more).where(ServiceOrder.id == parent.id).execute()

    return Plan(
        changes,
        {"parent_number": parent.number},
        note=body.note,
        facts={"parent": parent.number},
        afterwards=follow,
        counts=[("order_merged", 1)],
    )


def plan_add_cohandler(scene: Scene, body: AddCohandler) -> Plan:
    """A helper until a date; whoever took the order first remains responsible (首接负责)."""
    order = scene.order
    if not scene.now < body.due_at <= scene.now + LONGEST_HELP:
        raise invalid_field("due_at", "bad_term", "协办期限须在今后60天内")
    wanted = OrderTarget(kind=TARGET_MEMBER, id=body.member)
    target = find_target(order, wanted, today=local_day(scene.now, scene.timezone), field="member")
    same = (OrderCohandler.order == order.id) & (OrderCohandler.account == target.account_id)
    if target.account_id == order.handler_id or OrderCohandler.select().where(same).exists():
        raise invalid_field("member", "takes_part_already", "这位同志已在承办或协办这张工单")
    notice_at = scene.now + (body.due_at - scene.now) * HELP_PRESSES
    row = {"account": target.account_id, "due_at": body.due_at, "at": scene.now, "notice_at": notice_at}
    return Plan(
        note=body.note,
        public=False,
        facts={"due_at": local_text(body.due_at, scene.timezone)},
        people={"cohandler": [target.account_id]},
        rows=[(OrderCohandler, row)],
    )


def plan_refer(scene: Scene, body: ReferOrder) -> Plan:
    """Beyond the branch's powers; the branch still tells the requester what came of it."""
    scene.clocks.stop_all()
    scene.clocks.start(Stage.OUTCOME)
    note = f"已转{body.receiver}办理，回执编号{body.receipt_number}" + (f"。{body.note}" if body.note else "")
    row = {"at": scene.now, "receiver": body.receiver, "receipt_number": body.receipt_number}
    return Plan(
        {"returned_at": None},
        note=note,
        facts={"receiver": body.receiver, "receipt_number": body.receipt_number},
        rows=[(OrderReferral, row)],
        counts=[("order_referred", 1)],
    )


def plan_close_referred(scene: Scene, body: CloseReferral) -> Plan:
    """The other body has answered, and the requester is told."""
    _end_referral(scene, body.note)
    plan = close(scene, Resolution.REFERRED, credit=False)
    plan.note = body.note
    return plan


def plan_send_back(scene: Scene, body: TakeBackReferral) -> Plan:
    """The other body declined: the branch goes on with what was left of its time, a day at least."""
    _end_referral(scene, body.note)
    scene.clocks.stop(Stage.OUTCOME)
    scene.clocks.start(Stage.DISPATCH)
    scene.clocks.go_on(Stage.RESOLVE)
    return Plan({**NO_HANDLER, **NO_TARGET}, dict(NO_HANDLER_SHOWN), note=body.note, public=False)


def _end_referral(scene: Scene, outcome: str) -> None:
    open_ones = (OrderReferral.order == scene.order.id) & OrderReferral.ended_at.is_null()
    OrderReferral.update(outcome=outcome, ended_at=scene.now).where(open_ones).execute()
