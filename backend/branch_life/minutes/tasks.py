"""What decisions ask of members: read, ticked off, and opened again."""

from datetime import date, datetime
from typing import Any

import peewee as pw

from backend.branch_life.activities.models import Activity
from backend.branch_life.minutes.models import Decision, FollowUpTask, Minutes
from backend.branch_life.minutes.schemas import FinishTask, OpenTask, TaskQuery
from backend.core.database import in_unit_of_work, update_exactly_one
from backend.core.errors import Conflict, Forbidden, NotFound
from backend.core.pages import Page, cursor_number, page_by_id
from backend.people.access import find_organization, require
from backend.people.models import Member, Organization
from backend.people.permissions import Caller, Right


def list_own_tasks(caller: Caller, query: TaskQuery, *, today: date) -> Page[OpenTask]:
    """One's own tasks, the last given first; none for whoever is no member."""
    return _page(_tasks().where(FollowUpTask.member == (caller.member_id or 0)), query, today)


def list_tasks(caller: Caller, code: str, query: TaskQuery, *, today: date) -> Page[OpenTask]:
    """What the decisions of an organisation ask of its members, for those who keep its rolls."""
    organization = find_organization(code)
    require(caller, Right.KEEP_ROLL, organization)
    return _page(_tasks().where(Activity.organization == organization.id), query, today)


def finish_task(caller: Caller, public_id: str, body: FinishTask, *, today: date, now: datetime) -> OpenTask:
    """Tick a task off, by the member himself or who keeps the roll; 409 when it is done already."""
    task = _find(caller, public_id)

    def work() -> None:
        waiting = FollowUpTask.update(done_at=now, done_by=caller.account_id, done_note=body.note).where(
            FollowUpTask.id == task.id, FollowUpTask.done_at.is_null()
        )
        update_exactly_one(waiting, lost=lambda: Conflict("task_done", "这项任务已经办完"))

    in_unit_of_work(work)
    return _shape(_find(caller, public_id), today)


def reopen_task(caller: Caller, public_id: str, *, today: date) -> OpenTask:
    """Open a task again that was ticked off too early, by who keeps the roll; 409 when it is open."""
    task = _find(caller, public_id)
    if not _keeps(caller, task):
        raise Forbidden()

    def work() -> None:
        done = FollowUpTask.update(done_at=None, done_by=None, done_note=None).where(
            FollowUpTask.id == task.id, FollowUpTask.done_at.is_null(False)
        )
        update_exactly_one(done, lost=lambda: Conflict("task_open", "这项任务还没有办完"))

    in_unit_of_work(work)
    return _shape(_find(caller, public_id), today)


def _find(caller: Caller, public_id: str) -> Any:
    task = _tasks().where(FollowUpTask.public_id == public_id).first()
    if task is None or not (task.member_id == caller.member_id or _keeps(caller, task)):
        raise NotFound()
    return task


def _keeps(caller: Caller, task: Any) -> bool:
    return caller.may(Right.KEEP_ROLL, task.decision.minutes.activity.organization.path)


def _tasks() -> "pw.ModelSelect[Any]":
    """Tasks of minutes in force, with where they come from."""
    return (
        FollowUpTask.select(FollowUpTask, Member, Decision, Minutes, Activity, Organization)
        .join_from(FollowUpTask, Member)
        .join_from(FollowUpTask, Decision)
        .join_from(Decision, Minutes)
        .join_from(Minutes, Activity)
        .join_from(Activity, Organization)
        .where(Minutes.in_force == 1)
    )


def _page(rows: "pw.ModelSelect[Any]", query: TaskQuery, today: date) -> Page[OpenTask]:
    if query.open is not None:
        rows = rows.where(FollowUpTask.done_at.is_null(query.open))
    before = cursor_number(query.cursor)
    if before is not None:
        rows = rows.where(FollowUpTask.id < before)
    page, more = page_by_id(list(rows.order_by(FollowUpTask.id.desc()).limit(query.limit + 1)), query.limit)
    return Page([_shape(row, today) for row in page], more)


def _shape(task: Any, today: date) -> OpenTask:
    activity = task.decision.minutes.activity
    return OpenTask(
        id=task.public_id,
        text=task.text,
        member=task.member.public_id,
        member_name=task.member.name,
        due_on=task.due_on,
        done_at=task.done_at,
        done_note=task.done_note,
        overdue=task.done_at is None and task.due_on < today,
        activity=activity.public_id,
        activity_title=activity.title,
        decision=task.decision.text,
    )
