"""Writing and reading the minutes of an activity."""

from collections import defaultdict
from datetime import date, datetime
from typing import Any

import peewee as pw

from backend.branch_life.activities.invitations import attending_members
from backend.branch_life.activities.models import Activity
from backend.branch_life.activities.reading import find_activity, find_activity_to_run
from backend.branch_life.kinds import ActivityKind
from backend.branch_life.minutes.completeness import missing_items
from backend.branch_life.minutes.documents import attach_documents, documents_of, find_own_documents
from backend.branch_life.minutes.electorate import Turnout, turnout, voting_shape
from backend.branch_life.minutes.models import Decision, FollowUpTask, Minutes
from backend.branch_life.minutes.pictures import attach_pictures, find_own_pictures, pictures_of
from backend.branch_life.minutes.rules import is_passed
from backend.branch_life.minutes.schemas import (
    DecisionShape,
    MinutesShape,
    MinutesText,
    TaskShape,
    Votes,
    WriteDecision,
    WriteMinutes,
    WriteTask,
)
from backend.core.crypto import new_public_id
from backend.core.database import in_unit_of_work, insert_row
from backend.core.errors import Conflict, Forbidden, invalid_field
from backend.messaging import outbox
from backend.people.models import Account, Member
from backend.people.permissions import Caller, Right

_Same = tuple[str, int, date]


def write_minutes(caller: Caller, public_id: str, body: WriteMinutes, *, now: datetime) -> MinutesShape:
    """Write or rewrite the minutes; voting is computed from the roll as it stands, and kept with them.

    409 before the start, for a cancelled activity, or when somebody else writes at the same moment; 422 for more
    votes than voters present, and for a task of somebody who does not belong to the organisation.
    """
    activity = find_activity_to_run(caller, public_id, Right.KEEP_ROLL)
    if activity.cancelled_at is not None:
        raise Conflict("cancelled", "活动已经取消，没有会议记录")
    if now < activity.starts_at:
        raise Conflict("not_started", "会议还没有开始，不能写会议记录")
    found = turnout(activity)
    _refuse_votes(body, found)
    responsible = _responsible(body, activity)
    pictures = find_own_pictures(body.pictures, activity, uploader_id=caller.account_id)
    documents = find_own_documents(body.documents, activity, uploader_id=caller.account_id)

    def work() -> None:
        known = _known_tasks(activity)
        minutes = _replace(activity, body.text, found, caller.account_id, now)
        attach_pictures(minutes, pictures, activity, now=now)
        attach_documents(minutes, body.documents, documents, activity, now=now)
        for number, decision in enumerate(body.decisions, 1):
            decision_id = _write_decision(minutes, number, decision, found)
            for task in decision.tasks:
                _write_task(decision_id, task, responsible[task.member], known, activity, now)

    try:
        in_unit_of_work(work)
    except pw.IntegrityError:
        raise Conflict("minutes_changed", "会议记录刚被别人修改，请刷新后再试") from None
    return read_minutes(caller, public_id, now=now)


def _refuse_votes(body: WriteMinutes, found: Turnout) -> None:
    for index, decision in enumerate(body.decisions):
        votes = decision.votes
        if votes and votes.yes + votes.no + votes.abstain > found.present:
            raise invalid_field(
                f"decisions.{index}.votes", "too_many_votes", f"票数之和超过到会有表决权的人数（{found.present}）"
            )


def _responsible(body: WriteMinutes, activity: Activity) -> dict[str, Member]:
    """The members named in tasks, by public id."""
    known = {one.public_id: one for one in attending_members(activity.organization_id, activity.held_on)}
    for index, decision in enumerate(body.decisions):
        for place, task in enumerate(decision.tasks):
            field = f"decisions.{index}.tasks.{place}"
            if task.member not in known:
                raise invalid_field(f"{field}.member", "unknown_member", "责任人不属于本组织")
            if task.due_on < activity.held_on:
                raise invalid_field(f"{field}.due_on", "before_meeting", "完成期限早于会议日期")
    return known


def _replace(activity: Activity, text: str, found: Turnout, account_id: int, now: datetime) -> int:
    Minutes.update(in_force=None).where(Minutes.activity == activity.id, Minutes.in_force == 1).execute()
    return insert_row(
        Minutes,
        activity=activity.id,
        in_force=1,
        text=text,
        entitled=found.entitled,
        present=found.present,
        quorate=found.quorate,
        written_by=account_id,
        written_at=now,
    )


def _write_decision(minutes_id: int, number: int, body: WriteDecision, found: Turnout) -> int:
    votes = body.votes
    return insert_row(
        Decision,
        minutes=minutes_id,
        number=number,
        text=body.text,
        yes=votes.yes if votes else None,
        no=votes.no if votes else None,
        abstain=votes.abstain if votes else None,
        passed=is_passed(found.entitled, votes.yes, quorate=found.quorate) if votes else None,
    )


def _known_tasks(activity: Activity) -> dict[_Same, FollowUpTask]:
    """The tasks of the version in force: whoever has begun one keeps it when the minutes are rewritten."""
    rows: Any = (
        FollowUpTask.select(FollowUpTask)
        .join(Decision)
        .join(Minutes)
        .where(Minutes.activity == activity.id, Minutes.in_force == 1)
    )
    return {(row.text, row.member_id, row.due_on): row for row in rows}


def _write_task(
    decision_id: int,
    body: WriteTask,
    member: Member,
    known: dict[_Same, FollowUpTask],
    activity: Activity,
    now: datetime,
) -> None:
    """A task with what was said of it before; a new one is told to its member."""
    same = known.pop((body.text, member.id, body.due_on), None)
    public_id = same.public_id if same else new_public_id()
    done = {"done_at": same.done_at, "done_by": same.done_by_id, "done_note": same.done_note} if same else {}
    if same:  # the number is unique: the former version gives it up
        FollowUpTask.update(public_id=new_public_id()).where(FollowUpTask.id == same.id).execute()
    columns = {"decision": decision_id, "text": body.text, "member": member.id, "due_on": body.due_on, **done}
    insert_row(FollowUpTask, public_id=public_id, **columns)
    if same is None:
        outbox.enqueue(
            "task.given",
            {
                "activity": activity.public_id,
                "title": activity.title,
                "text": body.text,
                "due_on": body.due_on.isoformat(),
            },
            key=f"task.given:{public_id}",
            organization_id=activity.organization_id,
            people={"member": [member.account_id]},
            now=now,
        )


def read_minutes(caller: Caller, public_id: str, *, now: datetime) -> MinutesShape:
    """Minutes with voting and what is missing; those of the committee only for whoever has a post there or above."""
    activity = find_activity(caller, public_id)
    kind = ActivityKind(activity.kind)
    posted = caller.may(Right.SEE_ACTIVITIES, activity.organization.path)
    if kind is ActivityKind.COMMITTEE_MEETING and not posted:
        raise Forbidden("committee_only", "支委会的会议记录只有支委可以查看")
    versions: Any = (
        Minutes.select(Minutes, Account).join(Account).where(Minutes.activity == activity.id).order_by(Minutes.id)
    )
    written = list(versions)
    minutes = next((one for one in written if one.in_force), None)
    found = turnout(activity)
    return MinutesShape(
        activity=public_id,
        voting=voting_shape(kind, found),
        minutes=_text(kind, minutes, len(written), opened=posted, now=now) if minutes else None,
        missing=missing_items(activity, found, minutes, now=now),
    )


def _text(kind: ActivityKind, minutes: Any, version: int, *, opened: bool, now: datetime) -> MinutesText:
    return MinutesText(
        text=minutes.text,
        voting=voting_shape(kind, Turnout(minutes.entitled, minutes.present, minutes.quorate)),
        decisions=_decisions(minutes),
        pictures=pictures_of(minutes.id, opened=opened, now=now),
        documents=documents_of(minutes.id, opened=opened, now=now),
        written_by=minutes.written_by.display_name,
        written_at=minutes.written_at,
        version=version,
    )


def _decisions(minutes: Minutes) -> list[DecisionShape]:
    tasks: defaultdict[int, list[TaskShape]] = defaultdict(list)
    rows: Any = (
        FollowUpTask.select(FollowUpTask, Member)
        .join_from(FollowUpTask, Member)
        .join_from(FollowUpTask, Decision)
        .where(Decision.minutes == minutes.id)
        .order_by(FollowUpTask.id)
    )
    for row in rows:
        tasks[row.decision_id].append(
            TaskShape(
                id=row.public_id,
                text=row.text,
                member=row.member.public_id,
                member_name=row.member.name,
                due_on=row.due_on,
                done_at=row.done_at,
                done_note=row.done_note,
            )
        )
    decisions = Decision.select().where(Decision.minutes == minutes.id).order_by(Decision.number)
    return [_decision(row, minutes, tasks[row.id]) for row in decisions]


def _decision(row: Decision, minutes: Minutes, tasks: list[TaskShape]) -> DecisionShape:
    votes = None if row.yes is None else Votes(yes=row.yes, no=row.no, abstain=row.abstain)
    return DecisionShape(
        number=row.number,
        text=row.text,
        votes=votes,
        passed=row.passed,
        outcome=_outcome(row, minutes) if votes else None,
        tasks=tasks,
    )


def _outcome(row: Decision, minutes: Minutes) -> str:
    counted = f"赞成 {row.yes} 票，反对 {row.no} 票，弃权 {row.abstain} 票"
    if minutes.quorate is False:
        return f"{counted}；到会不足半数，表决无效。"
    how = "超过" if row.passed else "未超过"
    return f"{counted}；赞成{how}应到会 {minutes.entitled} 人的半数，{'通过' if row.passed else '未通过'}。"
