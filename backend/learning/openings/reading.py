"""Finding what gives hours and has not been joined yet."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import peewee as pw

from backend.branch_life.activities.invitations import ATTENDING
from backend.branch_life.activities.models import (
    Activity,
    ActivityInvitation,
    ActivityPartner,
    CheckIn,
    LeaveRequest,
    RequestState,
    SignUp,
    SignUpState,
)
from backend.branch_life.kinds import KIND_LABELS, ActivityKind
from backend.card.reading import find_holder, own_hours
from backend.core.clock import local_day
from backend.learning.lessons.access import reached_by
from backend.learning.lessons.models import Lesson, LessonListening, LessonViewer, LessonViewing
from backend.learning.lessons.rules import LISTENING
from backend.learning.lessons.workflow import LessonState
from backend.learning.openings.schemas import Opening, OpeningKind, OpeningsShape
from backend.people.directory import brief
from backend.people.models import Membership, Organization
from backend.people.permissions import Caller

MOST_ACTIVITIES, MOST_LESSONS = 20, 5


def list_openings(caller: Caller, *, timezone: ZoneInfo, now: datetime) -> OpeningsShape:
    """What the caller can still join; 404 for whoever is no member."""
    member = find_holder(caller)
    today = local_day(now, timezone)
    return OpeningsShape(
        hours=own_hours(caller, member, timezone=timezone, now=now),
        items=[*_activities(member.id, now), *_lessons(caller, member.id, today)],
        as_of=now,
    )


def _activities(member_id: int, now: datetime) -> list[Opening]:
    rows = list(
        Activity.select(Activity, Organization)
        .join(Organization)
        .where(
            Activity.ends_at > now,
            Activity.cancelled_at.is_null(),
            Activity.hours > 0,
            _open_to(member_id),
            ~pw.fn.EXISTS(_about(CheckIn, member_id).where(CheckIn.in_force == 1)),
            ~pw.fn.EXISTS(_about(LeaveRequest, member_id).where(LeaveRequest.state == RequestState.APPROVED)),
        )
        .order_by(Activity.starts_at, Activity.id)
        .limit(MOST_ACTIVITIES)
    )
    limited = [row.id for row in rows if row.capacity is not None]
    going, own = _places(limited), _own_places(limited, member_id)
    return [
        Opening(
            what=OpeningKind.ACTIVITY,
            id=row.public_id,
            kind_label=KIND_LABELS[ActivityKind(row.kind)],
            title=row.title,
            organization=brief(row.organization),
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            place=row.place_text,
            hours=float(row.hours),
            places_left=None if row.capacity is None else max(row.capacity - going[row.id], 0),
            own=own.get(row.id),
        )
        for row in rows
    ]


def _open_to(member_id: int) -> pw.Expression:
    """What one's branches hold, alone or with others, for everybody or for visitors; and what one is named in."""
    lives = Membership.select(pw.SQL("1")).where(
        Membership.member == member_id,
        Membership.kind.in_(ATTENDING),
        Membership.since_on <= Activity.held_on,
        Membership.until_on.is_null() | (Membership.until_on >= Activity.held_on),
    )
    here = lives.where(Membership.organization == Activity.organization)
    shared = lives.join(ActivityPartner, on=(ActivityPartner.organization == Membership.organization)).where(
        ActivityPartner.activity == Activity.id, ActivityPartner.state == RequestState.APPROVED
    )
    everybody: pw.Expression = ~Activity.invites_named | Activity.welcomes_visitors
    belonging = pw.fn.EXISTS(here) | pw.fn.EXISTS(shared)
    return (everybody & belonging) | pw.fn.EXISTS(_about(ActivityInvitation, member_id))


def _about(table: Any, member_id: int) -> Any:
    return table.select(pw.SQL("1")).where(table.activity == Activity.id, table.member == member_id)


def _places(activity_ids: Sequence[int]) -> Counter[int]:
    going = SignUp.select(SignUp.activity).where(SignUp.activity.in_(activity_ids), SignUp.state == SignUpState.GOING)
    return Counter(row.activity_id for row in going)


def _own_places(activity_ids: Sequence[int], member_id: int) -> dict[int, SignUpState]:
    own = SignUp.select(SignUp.activity, SignUp.state).where(
        SignUp.activity.in_(activity_ids), SignUp.member == member_id, SignUp.state != SignUpState.WITHDRAWN
    )
    return {row.activity_id: SignUpState(row.state) for row in own}


def _lessons(caller: Caller, member_id: int, today: date) -> list[Opening]:
    """The newest lessons that are out and not on the member's card, heard alone or in the room."""
    alone = LessonListening.select(pw.SQL("1")).where(
        LessonListening.lesson == Lesson.id,
        LessonListening.account == caller.account_id,
        LessonListening.done_at.is_null(False),
    )
    together = (
        LessonViewer.select(pw.SQL("1"))
        .join(LessonViewing)
        .where(LessonViewing.lesson == Lesson.id, LessonViewing.voided_at.is_null(), LessonViewer.member == member_id)
    )
    rows = (
        Lesson.select(Lesson, Organization)
        .join(Organization)
        .where(
            Lesson.state == LessonState.PUBLISHED,
            Lesson.organization.in_(sorted(reached_by(caller, today))),
            ~pw.fn.EXISTS(alone),
            ~pw.fn.EXISTS(together),
        )
        .order_by(Lesson.publish_on.desc(), Lesson.id.desc())
        .limit(MOST_LESSONS)
    )
    return [
        Opening(
            what=OpeningKind.LESSON,
            id=row.public_id,
            kind_label="党课星期天",
            title=row.title,
            organization=brief(row.organization),
            starts_at=None,
            ends_at=None,
            place=None,
            hours=float(LISTENING.hours_per_record),
            places_left=None,
            own=None,
        )
        for row in rows
    ]
