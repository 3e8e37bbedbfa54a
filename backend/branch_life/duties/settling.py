"""What becomes of a duty: met by the roll of an activity, open again when that falls, late when time is up."""

from datetime import date, datetime, timedelta

import peewee as pw

from backend.branch_life.activities.models import Activity, CheckIn, CheckInStatus
from backend.branch_life.duties.counting import Owed, Part, note_change
from backend.branch_life.duties.models import Duty, DutyState
from backend.branch_life.duties.rules import GRACE, KINDS_WITH_MINUTES, RECORDED_UNTIL
from backend.branch_life.minutes.models import Minutes
from backend.core.database import in_unit_of_work, rows_of

_BATCH = 200
_OWED = (Duty.organization, Duty.kind, Duty.starts_on)


def settle(*, today: date, now: datetime) -> int:
    """Mark what activities have met since; returns how many duties."""
    found = (
        Duty.select(Duty.id, pw.fn.MIN(Activity.id), *_OWED)
        .join(Activity, on=_of_the_duty())
        .where(
            Duty.state.in_([DutyState.DUE, DutyState.LATE]),
            Duty.due_on >= today - RECORDED_UNTIL.value,
            Duty.activity.is_null(),
            _counts(now),
        )
        .group_by(Duty.id, *_OWED)
        .limit(_BATCH)
    )
    return sum(_meet(duty, activity, Owed(*owed), now) for duty, activity, *owed in rows_of(found))


def _of_the_duty() -> pw.Expression:
    return (
        (Activity.organization == Duty.organization)
        & (Activity.kind == Duty.kind)
        & Activity.held_on.between(Duty.starts_on, Duty.due_on)
    )


def _counts(now: datetime) -> pw.Expression:
    """An activity proves a duty when it is over, was not called off, and somebody of its own was there.

    Where the rule asks for minutes they are in force, and do not say that too few came to open.
    """
    came = CheckIn.select(pw.SQL("1")).where(
        CheckIn.activity == Activity.id,
        CheckIn.in_force == 1,
        CheckIn.status != CheckInStatus.TO_CONFIRM,
        ~CheckIn.visitor,
    )
    written = Minutes.select(pw.SQL("1")).where(
        Minutes.activity == Activity.id, Minutes.in_force == 1, Minutes.quorate.is_null() | Minutes.quorate
    )
    recorded = Activity.kind.not_in(sorted(KINDS_WITH_MINUTES)) | pw.fn.EXISTS(written)
    return (Activity.ends_at <= now) & Activity.cancelled_at.is_null() & pw.fn.EXISTS(came) & recorded


def _meet(duty_id: int, activity_id: int, owed: Owed, now: datetime) -> int:
    """One that was late already stays so; it names what was put on record too late."""

    def work() -> int:
        for before, after, part in ((DutyState.DUE, DutyState.MET, Part.MET), (DutyState.LATE,) * 2 + (Part.LATE,)):
            waiting = Duty.update(state=after, activity=activity_id, settled_at=now).where(
                Duty.id == duty_id, Duty.activity.is_null(), Duty.state == before
            )
            if waiting.execute():
                note_change(owed, Part.OPEN, part)
                return 1
        return 0

    return in_unit_of_work(work)


def reopen(*, today: date, now: datetime) -> int:
    """Take back what rested on an activity whose roll has fallen since; returns how many duties."""
    standing = Activity.select(Activity.id).where(Activity.id == Duty.activity, _counts(now))
    fallen = (
        Duty.select(Duty.id, Duty.activity, Duty.state, *_OWED)
        .where(
            Duty.state.in_([DutyState.MET, DutyState.LATE]),
            Duty.due_on >= today - RECORDED_UNTIL.value,
            Duty.activity.is_null(False),
            ~pw.fn.EXISTS(standing),
        )
        .limit(_BATCH)
    )
    return sum(_open(duty, activity, state, Owed(*owed)) for duty, activity, state, *owed in rows_of(fallen))


def _open(duty_id: int, activity_id: int, state: str, owed: Owed) -> int:
    met = state == DutyState.MET

    def work() -> int:
        resting = Duty.update(state=DutyState.DUE if met else state, activity=None, settled_at=None).where(
            Duty.id == duty_id, Duty.activity == activity_id, Duty.state == state
        )
        opened = int(resting.execute())
        if opened:
            note_change(owed, Part.MET if met else Part.LATE, Part.OPEN)
        return opened

    return in_unit_of_work(work)


def turn_late(*, today: date) -> int:
    """Turn into late whatever is owed still when its period and the days of grace are over; returns how many."""
    overdue = Duty.update(state=DutyState.LATE).where(Duty.state == DutyState.DUE, Duty.due_on < today - GRACE.value)
    return int(in_unit_of_work(overdue.execute))


def locked_from(due_on: date) -> date:
    """The local day from which an unmet duty is late."""
    return due_on + GRACE.value + timedelta(days=1)
