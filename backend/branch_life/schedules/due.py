"""Which monthly activities are to be planned now."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from backend.branch_life.schedules.models import ActivitySchedule
from backend.branch_life.schedules.service import plan_next
from backend.core.clock import local_day
from backend.people.models import Organization
from backend.tally.rules import Rule

PLANNED_AHEAD = Rule(timedelta(days=14), "提前", "本系统建议，可由上级党组织调整")
_BATCH = 100


def plan_scheduled_activities(*, timezone: ZoneInfo, now: datetime) -> int:
    """Plan what falls into the next two weeks; returns how many were planned.

    Safe to run twice, late and on two machines: a month that passed while nobody asked is left out.
    """
    horizon = local_day(now, timezone) + PLANNED_AHEAD.value
    due: Any = (
        ActivitySchedule.select(ActivitySchedule, Organization)
        .join(Organization)
        .where(ActivitySchedule.next_on <= horizon)
        .order_by(ActivitySchedule.next_on, ActivitySchedule.id)
        .limit(_BATCH)
    )
    return sum(plan_next(schedule, timezone=timezone, now=now) for schedule in list(due))
