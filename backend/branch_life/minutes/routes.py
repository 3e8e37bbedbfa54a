"""Minutes over HTTP."""

from flask import Blueprint

from backend.branch_life.minutes import service, tasks
from backend.branch_life.minutes.schemas import FinishTask, MinutesShape, OpenTask, TaskQuery, WriteMinutes
from backend.core.clock import local_day
from backend.core.http import endpoint, now, settings
from backend.core.pages import Page
from backend.people.caller import current_caller

bp = Blueprint("minutes", __name__, url_prefix="/api/v1")


@bp.post("/activities/<activity_id>/minutes")
@endpoint(body=WriteMinutes, returns=MinutesShape, status=201)
def write_minutes(activity_id: str, body: WriteMinutes) -> MinutesShape:
    """Write the minutes; quorum and votes are computed from the roll and kept with them."""
    return service.write_minutes(current_caller(), activity_id, body, now=now())


@bp.get("/activities/<activity_id>/minutes")
@endpoint(returns=MinutesShape)
def read_minutes(activity_id: str) -> MinutesShape:
    """Minutes, voting as the roll says now, and what is missing."""
    return service.read_minutes(current_caller(), activity_id, now=now())


@bp.get("/me/tasks")
@endpoint(query=TaskQuery, returns=Page[OpenTask])
def list_own_tasks(query: TaskQuery) -> Page[OpenTask]:
    """What decisions ask of oneself."""
    return tasks.list_own_tasks(current_caller(), query, today=local_day(now(), settings().timezone))


@bp.get("/organizations/<code>/tasks")
@endpoint(query=TaskQuery, returns=Page[OpenTask])
def list_tasks(code: str, query: TaskQuery) -> Page[OpenTask]:
    """What the decisions of an organisation ask of its members."""
    return tasks.list_tasks(current_caller(), code, query, today=local_day(now(), settings().timezone))


@bp.post("/tasks/<task_id>/done")
@endpoint(body=FinishTask, returns=OpenTask)
def finish_task(task_id: str, body: FinishTask) -> OpenTask:
    """Tick a task off."""
    today = local_day(now(), settings().timezone)
    return tasks.finish_task(current_caller(), task_id, body, today=today, now=now())


@bp.post("/tasks/<task_id>/reopen")
@endpoint(returns=OpenTask)
def reopen_task(task_id: str) -> OpenTask:
    """Open a task again."""
    return tasks.reopen_task(current_caller(), task_id, today=local_day(now(), settings().timezone))
