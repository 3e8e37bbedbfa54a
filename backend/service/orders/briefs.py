"""An order as a row of a list: what is read beside it in the same statement, and what of that the caller may see."""

from datetime import datetime
from typing import Any

import peewee as pw

from backend.people.models import Account, Member, Organization
from backend.people.permissions import Caller, Right
from backend.service.models import Moderation, OrderLog, OrderTimer, Priority, ServiceOrder, ServiceType, Stage
from backend.service.orders.labels import STAGE_LABELS, SUPERVISION_LABELS
from backend.service.orders.shapes import OrderBrief, OrderReturned
from backend.service.orders.views import BACK
from backend.service.orders.workflow import ACTOR_LABELS, OPEN, STATE_LABELS, Actor, State

_COLUMNS = (
    ServiceOrder.id,
    ServiceOrder.organization,
    ServiceOrder.returned_at,
    ServiceOrder.unrouted_at,
    ServiceOrder.call_owed_at,
    ServiceOrder.voice_since,
    ServiceOrder.number,
    ServiceOrder.state,
    ServiceOrder.priority,
    ServiceOrder.title,
    ServiceOrder.place_text,
    ServiceOrder.moderation,
    ServiceOrder.due_at,
    ServiceOrder.supervised_level,
    ServiceOrder.created_at,
    ServiceOrder.completed_at,
    ServiceType.code.alias("type_code"),
    ServiceType.name.alias("type_name"),
    Organization.code.alias("organization_code"),
    Organization.name.alias("organization_name"),
    Organization.path,
)
_Back = OrderLog.alias()
_Giver, _Handler = Account.alias(), Account.alias()


def brief_rows(found: Any, order_id: Any) -> Any:
    """The columns of `brief_of` for the orders whose ids were found. Outer joins, so that these lead."""
    source = pw.Join(found, ServiceOrder, pw.JOIN.LEFT_OUTER, on=order_id == ServiceOrder.id)
    source = pw.Join(source, ServiceType, pw.JOIN.LEFT_OUTER, on=ServiceOrder.service_type == ServiceType.id)
    source = pw.Join(source, Organization, pw.JOIN.LEFT_OUTER, on=ServiceOrder.organization == Organization.id)
    source = pw.Join(source, _Back, pw.JOIN.LEFT_OUTER, on=_Back.id == _last_return())
    source = pw.Join(source, _Giver, pw.JOIN.LEFT_OUTER, on=_Giver.id == _Back.actor)
    source = pw.Join(source, _Handler, pw.JOIN.LEFT_OUTER, on=_Handler.id == ServiceOrder.handler)
    return ServiceOrder.select(*_COLUMNS, *_beside()).from_(source)


def _last_return() -> Any:
    """The entry that brought the order back; none once it has gone out again."""
    entry = OrderLog.alias()
    back = (entry.order == ServiceOrder.id) & entry.action.in_(BACK) & ServiceOrder.returned_at.is_null(False)
    return entry.select(pw.fn.MAX(entry.id)).where(back)


def _beside() -> tuple[Any, ...]:
    clock = OrderTimer.alias()
    name, handler = (Member.select(Member.name).where(Member.account == one.id) for one in (_Giver, _Handler))
    ends = (clock.order == ServiceOrder.id) & (clock.due_at == ServiceOrder.due_at)
    ticks = clock.started_at.is_null(False) & clock.stopped_at.is_null() & clock.paused_at.is_null()
    stage = clock.select(clock.stage).where(ends & ticks).order_by(clock.id).limit(1)
    return (
        stage.alias("due_stage"),
        _Back.part.alias("back_part"),
        _Back.note.alias("back_note"),
        pw.fn.COALESCE(name, _Giver.display_name).alias("back_name"),
        pw.fn.COALESCE(handler, _Handler.display_name).alias("handler_name"),
    )


def brief_of(row: dict[str, Any], caller: Caller, now: datetime) -> OrderBrief:
    """The row for this caller: who only watches reads neither words nor names."""
    state, stage = State(row["state"]), row["due_stage"] and Stage(row["due_stage"])
    watches = caller.may(Right.SEE_ORDERS, row["path"]) and not caller.may(Right.HANDLE_ORDERS, row["path"])
    return OrderBrief(
        number=row["number"],
        state=state,
        state_label=STATE_LABELS[state],
        priority=Priority(row["priority"]),
        title=row["type_name"] if watches else row["title"],
        service_type=row["type_code"],
        service_type_name=row["type_name"],
        organization=row["organization_code"],
        organization_name=row["organization_name"],
        place=None if watches else row["place_text"],
        moderation=Moderation(row["moderation"]),
        voice=row["voice_since"] is not None,
        call_owed=row["call_owed_at"] is not None,
        due_at=row["due_at"],
        due_stage=stage,
        due_label=stage and STAGE_LABELS[stage],
        overdue=state in OPEN and row["due_at"] is not None and row["due_at"] < now,
        supervised_level=row["supervised_level"],
        supervised_label=SUPERVISION_LABELS.get(row["supervised_level"]),
        returned=_returned(row, caller),
        handler=row["handler_name"] if caller.may(Right.HANDLE_ORDERS, row["path"]) else None,
        completed_at=row["completed_at"],
        created_at=row["created_at"],
    )


def _returned(row: dict[str, Any], caller: Caller) -> OrderReturned | None:
    dispatches = caller.may(Right.HANDLE_ORDERS, row["path"])
    if row["back_part"] is None or not (dispatches or caller.may(Right.SEE_ORDERS, row["path"])):
        return None
    return OrderReturned(
        at=row["returned_at"],
        by=ACTOR_LABELS[Actor(row["back_part"])],
        name=row["back_name"] if dispatches else None,
        reason=row["back_note"] if dispatches else None,
    )
