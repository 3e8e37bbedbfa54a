"""The duty list dispatches by itself where the branch lets it (`domain.md` §4.3 row 8); the actor is the system."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import peewee as pw

from backend.core.clock import local_day
from backend.core.database import rows_of
from backend.core.errors import AppError
from backend.service.grids.duty import grids_on_duty, on_duty
from backend.service.grids.models import DispatchPolicy, DutySlot
from backend.service.models import Moderation, ServiceOrder
from backend.service.orders.capacity import refuse_overload
from backend.service.orders.engine import Plan, Scene
from backend.service.orders.handling import send_to
from backend.service.orders.loading import TARGET_MEMBER, Order
from backend.service.orders.targets import FOR_TEAMS, Target, may_be_sent, shares_door, team_target
from backend.service.orders.workflow import State
from backend.service.teams.models import Team


def waiting_orders(limit: int, *, timezone: ZoneInfo, now: datetime) -> list[int]:
    """Orders that a duty list may dispatch now: accepted, checked, never dispatched, in a grid with somebody on duty,
    of a branch that wants it. Whatever comes back from somebody is for a person to look at."""
    willing = DispatchPolicy.select(DispatchPolicy.organization).where(DispatchPolicy.auto_dispatch)
    rows: pw.ModelSelect[Any] = (
        ServiceOrder.select(ServiceOrder.id)
        .where(
            ServiceOrder.organization.in_(willing),
            ServiceOrder.state == State.ACCEPTED,
            ServiceOrder.grid.in_(grids_on_duty(timezone=timezone, now=now)),
            ServiceOrder.moderation == Moderation.PASSED,
            ServiceOrder.dispatched_at.is_null(),
            ServiceOrder.voice_since.is_null() | (ServiceOrder.description != ""),
        )
        .order_by(ServiceOrder.id)
        .limit(limit)
    )
    return [order_id for (order_id,) in rows_of(rows)]


def plan_auto_dispatch(scene: Scene, *, timezone: ZoneInfo, now: datetime) -> Plan | None:
    """To the first on duty who may and can take it; None when nobody does."""
    order = scene.order
    if order.grid_id is None or order.on_board:
        return None
    for slot in on_duty(order.grid_id, timezone=timezone, now=now):
        target = _target(order, slot, timezone, now)
        if target is not None:
            return send_to(scene, target, "按网格值班表自动派单")
    return None


def _target(order: Order, slot: DutySlot, timezone: ZoneInfo, now: datetime) -> Target | None:
    today = local_day(now, timezone)
    try:
        if slot.team_id is not None:
            team = Team.get_by_id(slot.team_id)
            if order.takers not in FOR_TEAMS or team.closed_at is not None:
                return None
            target = team_target(team)
        else:
            assert slot.account_id is not None
            if slot.account_id == order.requester_id or shares_door(order, slot.account_id):
                return None
            if not may_be_sent(order, slot.account_id, today=today):
                return None
            target = Target(TARGET_MEMBER, slot.account_id)
        refuse_overload(target, today=today)
    except AppError:  # an empty team, somebody on leave or with full hands: the next on the list
        return None
    return target
