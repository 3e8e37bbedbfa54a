"""Pressing for an answer: 催办, and the ladder of 督办 with its written replies (`domain.md` §4.5)."""

from datetime import datetime
from typing import Any

from backend.core.clock import local_day
from backend.core.errors import Conflict, Forbidden
from backend.service.models import PRESSING, OrderSupervision
from backend.service.orders.engine import Plan, Scene
from backend.service.orders.loading import Order
from backend.service.orders.rungs import climbs_already
from backend.service.orders.schemas import ReplyToSupervision, SuperviseOrder, SupervisionLevel, UrgeOrder
from backend.service.orders.workflow import Actor
from backend.service.timers.rules import LADDER, REPLY_TERM


def plan_urge(scene: Scene, body: UrgeOrder) -> Plan:
    """The requester once a local day, the branch whenever it likes."""
    order, today = scene.order, local_day(scene.now, scene.timezone)
    by_requester = Actor.DISPATCHER not in scene.standing.actors
    if by_requester and order.urged_at and local_day(order.urged_at, scene.timezone) == today:
        raise Conflict("urged_today", "今天已经催过了，支部已收到，请明天再催")
    changes = {"urge_count": order.urge_count + 1, "urged_at": scene.now if by_requester else order.urged_at}
    return Plan(changes, note=body.note, public=by_requester, counts=[("order_urged", 1)])


def urge_by_clock(scene: Scene, facts: dict[str, Any]) -> Plan:
    """The system's word at 80 % of the handler's time (§4.3 row 21, §4.5 level 0); the note names the deadline."""
    changes = {"urge_count": scene.order.urge_count + 1}
    until = f"{datetime.fromisoformat(facts['due_at']):%m月%d日 %H:%M}"
    note = f"{facts['stage_label']}时限已过{facts['percent']}%，{until}到期"
    return Plan(changes, note=note, public=False, facts=facts, counts=[("order_urged", 1)])


def plan_supervise(scene: Scene, body: SuperviseOrder) -> Plan:
    """The secretary on the first rung, the organisation above on the second and third."""
    order, actors = scene.order, scene.standing.actors
    level = list(SupervisionLevel).index(body.level) + 1
    needed = Actor.SECRETARY if level == 1 else Actor.UPPER
    if needed not in actors:
        raise Forbidden("not_your_level", "这一级督办不由您发起")
    if level <= order.supervised_level:
        raise Conflict("already_supervised", "这张工单已在这一级或更高级督办")
    if not _deserves_it(order, scene):
        raise Conflict("nothing_to_supervise", "只督办逾期、反复或紧急的工单")
    return climb(scene, level, body.note)


def _deserves_it(order: Order, scene: Scene) -> bool:
    late = order.due_at is not None and order.due_at < scene.now
    repeated = order.return_count + order.reopen_count > 0 or order.urged_at is not None
    return late or repeated or order.priority in PRESSING


def climb(scene: Scene, level: int, note: str | None) -> Plan:
    """Write the rung: a reply is due within a working day, and the next rung follows if nothing moves.

    An order that is late again while an earlier rung stands gets one more at its level, and climbs from whichever
    was first.
    """
    minutes, pace = REPLY_TERM
    reply_due_at = scene.clocks.calendar_add(minutes, pace)
    again = level == scene.order.supervised_level
    further = None if again and climbs_already(scene.order.id) else LADDER.get(level)
    row = {
        "level": level,
        "at": scene.now,
        "by": scene.caller.account_id if scene.caller else None,
        "note": note,
        "reply_due_at": reply_due_at,
        "next_at": scene.clocks.calendar_add(*further[0]) if further else None,
    }
    return Plan(
        {"supervised_level": level},
        note=note,
        public=False,
        facts={"level": level, "reply_due_at": scene.local_text(reply_due_at), "note": note},
        rows=[(OrderSupervision, row)],
        counts=[("order_supervised", 1)],
        topic="order.supervised_above" if level > 1 else None,
    )


def plan_reply(scene: Scene, body: ReplyToSupervision) -> Plan:
    """The written answer to every rung that waits for one."""
    waiting = (OrderSupervision.order == scene.order.id) & OrderSupervision.replied_at.is_null()
    if not OrderSupervision.update(reply=body.note, replied_at=scene.now).where(waiting).execute():
        raise Conflict("nothing_to_reply", "没有等待反馈的督办")
    return Plan(note=body.note, public=False, facts={"note": body.note, "level": scene.order.supervised_level})
