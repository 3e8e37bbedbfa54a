"""What the branch's life leaves undone: days that come, meetings that are missing, minutes, tasks, requests."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import peewee as pw

from backend.branch_life.activities.invitations import expected_members
from backend.branch_life.activities.models import Activity, LeaveRequest, MakeUpRequest, RequestState
from backend.branch_life.duties.models import Duty, DutyState
from backend.branch_life.duties.rules import KINDS_WITH_MINUTES
from backend.branch_life.kinds import KIND_LABELS, ActivityKind
from backend.branch_life.minutes.models import Decision, FollowUpTask, Minutes
from backend.branch_life.study_gaps import study_gaps
from backend.core.database import rows_of
from backend.messaging.reminders.occasions import Occasion, Question, Span, days_around, within
from backend.people.models import Member, Organization

YEARLY = (ActivityKind.LIFE_MEETING, ActivityKind.DEMOCRATIC_APPRAISAL, ActivityKind.PARTY_LECTURE)
NEXT_WEEK = timedelta(days=7)
MAKE_UPS_SEEN = timedelta(days=30)


def _here(span: Span) -> pw.Expression:
    condition: pw.Expression = Organization.closed_on.is_null()
    return condition if span.organization_id is None else condition & (Organization.id == span.organization_id)


def _activities(span: Span, *conditions: Any) -> list[Activity]:
    begin, end = within(span)
    rows = (
        Activity.select(Activity, Organization)
        .join(Organization)
        .where(Activity.starts_at >= begin, Activity.starts_at < end, Activity.cancelled_at.is_null(), _here(span))
        .where(*conditions)
        .order_by(Activity.starts_at, Activity.id)
    )
    return list(rows)


def party_days_for_groups(span: Span) -> Iterator[Occasion]:
    """The same for the branch's group, which is not told of what only some are invited to."""
    for occasion in party_days(span):
        if not occasion.facts["by_name"]:
            yield replace(occasion, topic="reminder.party_day_group", people={})


def party_days(span: Span) -> Iterator[Occasion]:
    """Theme Party days that are near and have not begun."""
    for activity in _activities(span, Activity.kind == ActivityKind.PARTY_DAY, Activity.starts_at > span.now):
        facts = {
            "activity": activity.public_id,
            "title": activity.title,
            "place": activity.place_text,
            "starts_at": activity.starts_at.astimezone(span.timezone).isoformat(),
            "by_name": activity.invites_named,
        }
        invited = [member.account_id for member in expected_members(activity)] if span.names else []
        key = f"activity:{activity.public_id}"
        yield Occasion(
            activity.organization_id, key, "reminder.party_day", facts, activity.held_on, {"invited": invited}
        )


def duties(kinds: Sequence[ActivityKind], span: Span) -> Iterator[Occasion]:
    """What a period asks for and has not seen."""
    rows = (
        Duty.select(Duty, Organization)
        .join(Organization)
        .where(
            Duty.state == DutyState.DUE, Duty.due_on.between(span.first, span.last), Duty.kind.in_(kinds), _here(span)
        )
        .order_by(Duty.due_on, Duty.id)
    )
    owed: dict[tuple[int, date, str], list[Duty]] = {}
    for duty in rows:
        owed.setdefault((duty.organization_id, duty.due_on, duty.period), []).append(duty)
    # several kinds of one period are one message: the year's end asks for three at once
    for (place, due_on, period), same in owed.items():
        facts = {
            "organization": same[0].organization.name,
            "code": same[0].organization.code,
            "kind": "、".join(dict.fromkeys(KIND_LABELS[ActivityKind(duty.kind)] for duty in same)),
            "period": _in_words(period),
            "due_on": due_on.isoformat(),
        }
        yield Occasion(place, f"duty:{same[0].id}", "reminder.duty", facts, due_on)


def _in_words(period: str) -> str:
    year, _, part = period.partition("-")
    if not part:
        return f" {year} 年"
    return f"第{'一二三四'[int(part[1]) - 1]}季度" if part.startswith("Q") else f" {int(part)} 月"


def without_minutes(span: Span) -> Iterator[Occasion]:
    """Meetings that should have minutes and have none."""
    written = Minutes.select(Minutes.id).where(Minutes.activity == Activity.id, Minutes.in_force == 1)
    conditions = (Activity.kind.in_(sorted(KINDS_WITH_MINUTES)), Activity.ends_at <= span.now, ~pw.fn.EXISTS(written))
    for activity in _activities(span, *conditions):
        facts = {
            "activity": activity.public_id,
            "title": activity.title,
            "kind": KIND_LABELS[ActivityKind(activity.kind)],
            "held_on": activity.held_on.isoformat(),
        }
        key = f"activity:{activity.public_id}"
        yield Occasion(activity.organization_id, key, "reminder.minutes", facts, activity.held_on)


def open_tasks(span: Span) -> Iterator[Occasion]:
    """What decisions asked of members and nobody marked as done."""
    rows = (
        FollowUpTask.select(FollowUpTask, Decision, Minutes, Activity, Member)
        .join(Decision)
        .join(Minutes)
        .join(Activity)
        .join(Organization)
        .switch(FollowUpTask)
        .join(Member, on=(FollowUpTask.member == Member.id))
        .where(
            FollowUpTask.done_at.is_null(),
            FollowUpTask.due_on.between(span.first, span.last),
            Minutes.in_force == 1,
            _here(span),
        )
        .order_by(FollowUpTask.due_on, FollowUpTask.id)
    )
    for task in rows:
        activity = task.decision.minutes.activity
        facts = {
            "activity": activity.public_id,
            "text": task.text,
            "due_on": task.due_on.isoformat(),
        }
        people = {"member": [task.member.account_id]}
        key = f"task:{task.public_id}"
        yield Occasion(activity.organization_id, key, "reminder.task", facts, task.due_on, people)


def _per_organization(rows: Any) -> Mapping[int, int]:
    return {int(number): int(amount) for number, amount in rows_of(rows.group_by(Activity.organization))}


def leaves_asked(organization_ids: Sequence[int], span: Span) -> Mapping[int, int]:
    """Leaves that nobody has decided on, of activities that are still to come."""
    rows = Activity.select(Activity.organization, pw.fn.COUNT(LeaveRequest.id)).join(LeaveRequest)
    return _per_organization(
        rows.where(
            Activity.organization.in_(organization_ids),
            Activity.starts_at > span.now,
            LeaveRequest.state == RequestState.ASKED,
        )
    )


def make_ups_asked(organization_ids: Sequence[int], span: Span) -> Mapping[int, int]:
    """Make-up entries that nobody has decided on, of the last thirty days."""
    rows = Activity.select(Activity.organization, pw.fn.COUNT(MakeUpRequest.id)).join(MakeUpRequest)
    return _per_organization(
        rows.where(
            Activity.organization.in_(organization_ids),
            Activity.starts_at.between(span.now - MAKE_UPS_SEEN, span.now),
            MakeUpRequest.waiting == 1,
        )
    )


def next_week(organization_ids: Sequence[int], span: Span) -> Mapping[int, int]:
    """Activities of the seven days to come."""
    rows = Activity.select(Activity.organization, pw.fn.COUNT(Activity.id))
    tomorrow = days_around(span.today + timedelta(days=1), span.timezone)
    return _per_organization(
        rows.where(
            Activity.organization.in_(organization_ids),
            Activity.starts_at.between(tomorrow, tomorrow + NEXT_WEEK),
            Activity.cancelled_at.is_null(),
        )
    )


def duties_open(organization_ids: Sequence[int], span: Span) -> Mapping[int, int]:
    """What is due within thirty days and has not taken place."""
    rows = (
        Duty.select(Duty.organization, pw.fn.COUNT(Duty.id))
        .where(
            Duty.organization.in_(organization_ids),
            Duty.state == DutyState.DUE,
            Duty.due_on.between(span.today, span.today + timedelta(days=30)),
        )
        .group_by(Duty.organization)
    )
    return {int(number): int(amount) for number, amount in rows_of(rows)}


QUESTIONS: dict[str, Question] = {
    "study_gap": study_gaps,
    "party_day": party_days,
    "party_day_group": party_days_for_groups,
    "assembly_missing": partial(duties, (ActivityKind.MEMBER_ASSEMBLY,)),
    "committee_missing": partial(duties, (ActivityKind.COMMITTEE_MEETING,)),
    "cell_missing": partial(duties, (ActivityKind.CELL_MEETING,)),
    "party_day_missing": partial(duties, (ActivityKind.PARTY_DAY,)),
    "yearly_missing": partial(duties, YEARLY),
    "minutes_missing": without_minutes,
    "task_due": open_tasks,
}
