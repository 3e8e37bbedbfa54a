"""Monthly activities over HTTP."""

from flask import Blueprint

from backend.branch_life.schedules import service
from backend.branch_life.schedules.schemas import FixDay, ScheduleQuery, ScheduleShape, SkipMonth
from backend.core.http import endpoint, now, settings
from backend.core.pages import Page
from backend.people.caller import current_caller

bp = Blueprint("activity_schedules", __name__, url_prefix="/api/v1")


@bp.post("/activity-schedules")
@endpoint(body=FixDay, returns=ScheduleShape, status=201)
def fix_day(body: FixDay) -> ScheduleShape:
    """Fix the day of a monthly activity, such as the Party day."""
    return service.fix_day(current_caller(), body, timezone=settings().timezone, now=now())


@bp.get("/activity-schedules")
@endpoint(query=ScheduleQuery, returns=Page[ScheduleShape])
def list_schedules(query: ScheduleQuery) -> Page[ScheduleShape]:
    """Monthly activities of an organisation."""
    return service.list_schedules(current_caller(), query, timezone=settings().timezone, now=now())


@bp.get("/activity-schedules/<schedule_id>")
@endpoint(returns=ScheduleShape)
def read_schedule(schedule_id: str) -> ScheduleShape:
    """A monthly activity with its next five days."""
    return service.read_schedule(current_caller(), schedule_id, timezone=settings().timezone, now=now())


@bp.post("/activity-schedules/<schedule_id>/skip")
@endpoint(body=SkipMonth, returns=ScheduleShape)
def skip_month(schedule_id: str, body: SkipMonth) -> ScheduleShape:
    """Leave one month out."""
    return service.skip_month(current_caller(), schedule_id, body, timezone=settings().timezone, now=now())


@bp.post("/activity-schedules/<schedule_id>/end")
@endpoint(returns=ScheduleShape)
def end_schedule(schedule_id: str) -> ScheduleShape:
    """Plan no more of it."""
    return service.end_schedule(current_caller(), schedule_id, timezone=settings().timezone, now=now())
