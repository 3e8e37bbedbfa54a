"""The clocks of one order: started, paused, stopped in memory, and written with two statements at most."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import peewee as pw

from backend.core.clock import local_day
from backend.core.database import database, to_stored
from backend.service.models import OrderTimer, Pace, Stage
from backend.service.timers.calendar import WorkCalendar, load_calendar
from backend.service.timers.rules import DAY, OFFICE_DAY, Allowance, Claimant, find_allowances

WARNINGS = (50, 80, 100)
NATURAL_CALENDAR = WorkCalendar({}, ZoneInfo("UTC"))
LEAST_AFTER_REWORK = {Pace.NATURAL: DAY, Pace.WORKING_DAYS: DAY, Pace.WORKING_HOURS: OFFICE_DAY}


@dataclass
class Clock:
    """The clock of one stage. Minutes are those of the rule when the clock was made."""

    id: int | None
    stage: Stage
    minutes: int
    pace: Pace
    rounds: int = 0
    started_at: datetime | None = None
    due_at: datetime | None = None
    paused_at: datetime | None = None
    stopped_at: datetime | None = None
    warned: int = 0
    breached: bool = False
    notice_at: datetime | None = None

    @property
    def going(self) -> bool:
        """Started and not stopped; it may stand still."""
        return self.started_at is not None and self.stopped_at is None

    @property
    def ticking(self) -> bool:
        """Going and not standing still."""
        return self.going and self.paused_at is None

    def is_late(self, now: datetime) -> bool:
        """Whether its time is, or was when it stopped, over."""
        return self.due_at is not None and (self.stopped_at or self.paused_at or now) > self.due_at


_COLUMNS = tuple(field.name for field in fields(Clock))
_CHANGING = (
    "minutes",
    "pace",
    "rounds",
    "started_at",
    "due_at",
    "paused_at",
    "stopped_at",
    "warned",
    "breached",
    "notice_at",
)


class Clocks:
    """All clocks of one order; rules and calendar are fetched only when something needs them."""

    def __init__(self, clocks: Iterable[Clock], claimant: Claimant, *, timezone: ZoneInfo, now: datetime) -> None:
        self.claimant = claimant
        self._clocks = {clock.stage: clock for clock in clocks}
        self._changed: set[Stage] = set()
        self._calendar: WorkCalendar | None = None
        self._timezone = timezone
        self._now = now

    def __iter__(self) -> Iterator[Clock]:
        return iter(self._clocks.values())

    def get(self, stage: Stage) -> Clock | None:
        """The clock of a stage, if there is one yet."""
        return self._clocks.get(stage)

    def prepare(self, *stages: Stage) -> None:
        """Make the clocks of these stages that are not there yet, waiting, in one look at the rules."""
        missing = [stage for stage in stages if stage not in self._clocks]
        if missing:
            self.allow(find_allowances(missing, self.claimant, today=local_day(self._now, self._timezone)))

    def allow(self, allowances: Mapping[Stage, Allowance]) -> None:
        """Make waiting clocks of what the rules give."""
        for stage, allowance in allowances.items():
            self._clocks[stage] = Clock(None, stage, allowance.minutes, allowance.pace)
            self._changed.add(stage)

    def start(self, *stages: Stage) -> None:
        """Let clocks run from now, from the beginning."""
        self.prepare(*stages)
        for stage in stages:
            clock = self._touch(stage)
            clock.rounds += 1
            clock.started_at, clock.stopped_at, clock.paused_at = self._now, None, None
            clock.warned, clock.breached = 0, False
            self._run(clock, clock.minutes)

    def reconsider(self, *stages: Stage) -> None:
        """Take what the rules now give these stages, for their next start."""
        known = [stage for stage in stages if stage in self._clocks]
        if not known:
            return
        found = find_allowances(known, self.claimant, today=local_day(self._now, self._timezone))
        for stage, allowance in found.items():
            clock = self._touch(stage)
            clock.minutes, clock.pace = allowance.minutes, allowance.pace

    def mark_counted(self, stage: Stage) -> None:
        """The stage has been counted for its rate, and is not counted again."""
        if stage in self._clocks:
            self._touch(stage).breached = True

    def calendar_add(self, minutes: float, pace: Pace, *, since: datetime | None = None) -> datetime:
        """An instant so many minutes from now, or from `since`."""
        return self._calendar_for(pace).add(since or self._now, minutes, pace)

    def go_on(self, stage: Stage) -> None:
        """Let a stopped clock run again with what was left, a day at least; a running one is left alone."""
        self.prepare(stage)
        clock = self._clocks[stage]
        if clock.started_at is None:
            self.start(stage)
        elif clock.stopped_at is not None:
            self._touch(stage)
            left = self._left(clock, clock.stopped_at)
            clock.stopped_at, clock.warned = None, 0
            self._run(clock, max(left, LEAST_AFTER_REWORK[clock.pace]))

    def stop(self, *stages: Stage) -> None:
        """Stop clocks that are going; those that are not stay as they are."""
        for stage in stages:
            if stage in self._clocks and self._clocks[stage].going:
                clock = self._touch(stage)
                clock.stopped_at = clock.paused_at or self._now
                clock.paused_at = clock.notice_at = None

    def stop_all(self) -> None:
        """The order has come to an end."""
        self.stop(*self._clocks)

    def pause(self, *, but: Stage | None = None) -> None:
        """Let every ticking clock stand still."""
        for clock in [clock for clock in self._clocks.values() if clock.ticking and clock.stage is not but]:
            self._touch(clock.stage)
            clock.paused_at, clock.notice_at = self._now, None

    def resume(self) -> None:
        """Let clocks that stand still tick again, with what they had left."""
        for clock in [clock for clock in self._clocks.values() if clock.going and clock.paused_at]:
            self._touch(clock.stage)
            assert clock.paused_at is not None
            late = clock.is_late(self._now)
            left = self._left(clock, clock.paused_at)
            clock.paused_at = None
            if late:  # what was overdue stays overdue
                clock.notice_at = self._now if clock.warned < WARNINGS[-1] else None
            else:
                self._run(clock, left)

    def extend(self, stage: Stage, until: datetime) -> None:
        """Move the end of a going clock."""
        clock = self._touch(stage)
        assert clock.due_at is not None
        clock.minutes += round(self._calendar_for(clock.pace).minutes_between(clock.due_at, until, clock.pace))
        clock.due_at, clock.warned = until, 0
        clock.notice_at = self._next_notice(clock)

    def warn(self, stage: Stage) -> int:
        """Note that the next warning is given; returns its percentage."""
        clock = self._touch(stage)
        ahead = [share for share in WARNINGS if share > clock.warned]
        reached = [share for share in ahead if self._share_used(clock) >= share]
        clock.warned = max(reached, default=ahead[0])
        clock.notice_at = self._next_notice(clock)
        return clock.warned

    def ask_again(self, stage: Stage, at: datetime) -> None:
        """Its time is over, but nothing can follow yet: look once more at this instant."""
        clock = self._touch(stage)
        clock.warned, clock.notice_at = WARNINGS[-2], at

    def ripe(self) -> list[Clock]:
        """Ticking clocks whose next warning is due."""
        ticking = [clock for clock in self._clocks.values() if clock.ticking and clock.notice_at]
        return [clock for clock in ticking if clock.notice_at and clock.notice_at <= self._now]

    def earliest_due(self) -> datetime | None:
        """When the first of the ticking clocks ends."""
        return min((clock.due_at for clock in self._clocks.values() if clock.ticking and clock.due_at), default=None)

    def save(self, order_id: int) -> None:
        """Write what changed: one INSERT for new clocks, one UPDATE for the others."""
        changed = [self._clocks[stage] for stage in self._clocks if stage in self._changed]
        fresh = [clock for clock in changed if clock.id is None]
        if fresh:
            OrderTimer.insert_many([_row(order_id, clock) for clock in fresh]).execute()
        _update([clock for clock in changed if clock.id is not None])
        self._changed.clear()

    def _touch(self, stage: Stage) -> Clock:
        self._changed.add(stage)
        return self._clocks[stage]

    def _run(self, clock: Clock, minutes: float) -> None:
        clock.due_at = self._calendar_for(clock.pace).add(self._now, minutes, clock.pace)
        clock.notice_at = self._next_notice(clock, left=minutes)

    def _left(self, clock: Clock, since: datetime) -> float:
        assert clock.due_at is not None
        return self._calendar_for(clock.pace).minutes_between(since, clock.due_at, clock.pace)

    def _share_used(self, clock: Clock) -> float:
        return 100 * (1 - self._left(clock, self._now) / clock.minutes) if clock.minutes else 100

    def _next_notice(self, clock: Clock, *, left: float | None = None) -> datetime | None:
        share = next((share for share in WARNINGS if share > clock.warned), None)
        if share is None or share == WARNINGS[-1]:
            return clock.due_at if share else None
        left = self._left(clock, self._now) if left is None else left
        wait = left - clock.minutes * (1 - share / 100)
        return self._calendar_for(clock.pace).add(self._now, max(wait, 0), clock.pace)

    def _calendar_for(self, pace: Pace) -> WorkCalendar:
        if pace is Pace.NATURAL:
            return NATURAL_CALENDAR
        if self._calendar is None:
            self._calendar = load_calendar(self._timezone, now=self._now)
        return self._calendar


def load_clocks(order_id: int) -> list[Clock]:
    """The clocks of an order, by stage as they were made."""
    columns = [getattr(OrderTimer, name) for name in _COLUMNS]
    rows: pw.ModelSelect[Any] = (
        OrderTimer.select(*columns).where(OrderTimer.order == order_id).order_by(OrderTimer.id).tuples()
    )
    return [Clock(row[0], Stage(row[1]), row[2], Pace(row[3]), *row[4:]) for row in rows]


def _row(order_id: int, clock: Clock) -> dict[str, Any]:
    return {"order": order_id} | {name: getattr(clock, name) for name in _COLUMNS[1:]}


def _update(clocks: list[Clock]) -> None:
    """One statement for all of them; written out, since every step of an order runs it."""
    if not clocks:
        return
    mark = database.obj.param
    case = f" = CASE id{f' WHEN {mark} THEN {mark}' * len(clocks)} END"
    sql = (
        f"UPDATE order_timer SET {', '.join(name + case for name in _CHANGING)}"  # noqa: S608 (names are ours)
        f" WHERE id IN ({', '.join([mark] * len(clocks))})"
    )
    values = [part for name in _CHANGING for clock in clocks for part in (clock.id, _stored(getattr(clock, name)))]
    database.execute_sql(sql, [*values, *(clock.id for clock in clocks)])


def _stored(value: Any) -> Any:
    return to_stored(value) if isinstance(value, datetime) else value
