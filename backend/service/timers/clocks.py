"""The clocks of one order: started, paused, stopped in memory, and written as far as they changed."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from operator import itemgetter
from typing import Any

from backend.core.database import append_filled, append_statement, database, from_stored
from backend.core.statements import Found, update_of, written
from backend.service.models import OrderTimer, Stage
from backend.service.timers.rules import DAY, OFFICE_DAY, Claimant, Rules
from backend.workdays.calendar import Pace, WorkCalendar

WARNINGS = (50, 80, 100)
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
# how a cell becomes a value, where it is not the value itself; a look-up, since to call an Enum is ten times as dear
_READ: dict[str, Callable[[Any], Any]] = {
    "stage": {one.value: one for one in Stage}.__getitem__,
    "pace": {one.value: one for one in Pace}.__getitem__,
    "breached": bool,
    **{name: from_stored for name in _COLUMNS if name.endswith("_at")},
}
_READERS = tuple(_READ.get(name) for name in _COLUMNS)
_CELLS = ", ".join(f"c.{name}" for name in _COLUMNS)
CLOCK_ROWS = f"SELECT JSON_ARRAY('clock', {_CELLS}) FROM order_timer c"  # noqa: S608 - names of ours


OrderKey = int | str  # the id of an order, or the number of one that is being written and has no id yet
_BY_NUMBER = Found("order_id", "SELECT s.id FROM service_order s WHERE s.number = ?")


def found_by(order: OrderKey) -> Found | None:
    """How what belongs to an order finds it, in the statement that writes it."""
    return _BY_NUMBER if isinstance(order, str) else None


class Clocks:
    """All clocks of one order, by the rules and the calendar of today."""

    def __init__(
        self, clocks: Iterable[Clock], claimant: Claimant, calendar: WorkCalendar, rules: Rules, *, now: datetime
    ) -> None:
        self.claimant = claimant
        self._clocks = {clock.stage: clock for clock in clocks}
        self._changed: dict[Stage, dict[str, Any]] = {}  # as they were
        self._calendar = calendar
        self._rules = rules
        self._now = now

    def __iter__(self) -> Iterator[Clock]:
        return iter(self._clocks.values())

    def get(self, stage: Stage) -> Clock | None:
        """The clock of a stage, if there is one yet."""
        return self._clocks.get(stage)

    def prepare(self, *stages: Stage) -> None:
        """Make the clocks of these stages that are not there yet, waiting, of what the rules give."""
        missing = [stage for stage in stages if stage not in self._clocks]
        for stage, allowance in self._rules.allowances(missing, self.claimant).items():
            self._clocks[stage] = Clock(None, stage, allowance.minutes, allowance.pace)
            self._touch(stage)

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
        for stage, allowance in self._rules.allowances(known, self.claimant).items():
            clock = self._touch(stage)
            clock.minutes, clock.pace = allowance.minutes, allowance.pace

    def mark_counted(self, stage: Stage) -> None:
        """The stage has been counted for its rate, and is not counted again."""
        if stage in self._clocks:
            self._touch(stage).breached = True

    def calendar_add(self, minutes: float, pace: Pace, *, since: datetime | None = None) -> datetime:
        """An instant so many minutes from now, or from `since`."""
        return self._calendar.add(since or self._now, minutes, pace)

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
        clock.minutes += round(self._calendar.minutes_between(clock.due_at, until, clock.pace))
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

    def save(self, order: OrderKey) -> None:
        """Write what changed: one INSERT for new clocks, a small UPDATE for each of the others."""
        changed = [(self._clocks[stage], before) for stage, before in self._changed.items()]
        _insert(order, [clock for clock, _ in changed if clock.id is None])
        for clock, before in changed:
            if clock.id is not None:
                _update(clock, before)
        self._changed.clear()

    def _touch(self, stage: Stage) -> Clock:
        clock = self._clocks[stage]
        if stage not in self._changed:
            self._changed[stage] = dict(vars(clock))
        return clock

    def _run(self, clock: Clock, minutes: float) -> None:
        clock.due_at = self._calendar.add(self._now, minutes, clock.pace)
        clock.notice_at = self._next_notice(clock, left=minutes)

    def _left(self, clock: Clock, since: datetime) -> float:
        assert clock.due_at is not None
        return self._calendar.minutes_between(since, clock.due_at, clock.pace)

    def _share_used(self, clock: Clock) -> float:
        return 100 * (1 - self._left(clock, self._now) / clock.minutes) if clock.minutes else 100

    def _next_notice(self, clock: Clock, *, left: float | None = None) -> datetime | None:
        share = next((share for share in WARNINGS if share > clock.warned), None)
        if share is None or share == WARNINGS[-1]:
            return clock.due_at if share else None
        left = self._left(clock, self._now) if left is None else left
        wait = left - clock.minutes * (1 - share / 100)
        return self._calendar.add(self._now, max(wait, 0), clock.pace)


def clocks_of_rows(rows: Iterable[list[Any]]) -> list[Clock]:
    """The clocks in rows of `CLOCK_ROWS`, in the order in which they were made."""
    return [_clock(row) for row in sorted(rows, key=itemgetter(0))]


def _clock(row: list[Any]) -> Clock:
    cells = zip(_READERS, row, strict=True)
    return Clock(*[cell if read is None or cell is None else read(cell) for read, cell in cells])


def _insert(order: OrderKey, clocks: list[Clock]) -> None:
    """One statement for all of them, which travels with the next."""
    if clocks:
        append_filled(OrderTimer, *({"order_id": order, **vars(clock)} for clock in clocks), found=found_by(order))


def _update(clock: Clock, before: Mapping[str, Any]) -> None:
    """What is different from before, in a statement that travels with the next."""
    now = vars(clock)
    names = tuple([name for name in _CHANGING if now[name] != before[name]])
    if names:
        sql, ways = update_of(OrderTimer, names, ("id",), database.obj.param)
        append_statement(sql, written(ways, [now[name] for name in (*names, "id")]))
