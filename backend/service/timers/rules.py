"""How long each stage may take, as rows: the defaults with their basis, and which row counts for an order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import peewee as pw

from backend.service.catalogue.listing import versions_of
from backend.service.models import Priority, Stage, TimerRule
from backend.workdays.calendar import Pace

HOUR = 60
DAY = 24 * HOUR
OFFICE_DAY = 8 * HOUR

_N, _D, _H = Pace.NATURAL, Pace.WORKING_DAYS, Pace.WORKING_HOURS
Allowed = tuple[int, Pace]

# `domain.md` §4.4: minutes and pace for the priorities I, II, III, IV, and the basis
DEFAULTS: dict[Stage, tuple[tuple[Allowed, Allowed, Allowed, Allowed], str]] = {
    Stage.ACCEPT: (((30, _N), (HOUR, _N), (4 * HOUR, _H), (OFFICE_DAY, _H)), "本系统建议"),
    Stage.INFO: (((3 * DAY, _N), (3 * DAY, _N), (3 * DAY, _N), (3 * DAY, _N)), "本系统建议"),
    Stage.DISPATCH: (((HOUR, _N), (2 * HOUR, _N), (DAY, _D), (DAY, _D)), "DB11/T 2021—2022 派单时限"),
    Stage.CLAIM: (((30, _N), (2 * HOUR, _N), (DAY, _D), (2 * DAY, _D)), "本系统建议"),
    Stage.FIRST_CONTACT: (((HOUR, _N), (4 * HOUR, _N), (DAY, _D), (DAY, _D)), "24小时响应惯例"),
    Stage.RESOLVE: (
        ((2 * HOUR, _N), (DAY, _N), (7 * DAY, _D), (15 * DAY, _D)),
        "DB11/T 2021—2022 征求意见稿反馈时限",
    ),
    Stage.FOLLOW_UP: (((DAY, _N), (DAY, _N), (3 * DAY, _D), (3 * DAY, _D)), "办结次日回访（市局办法）"),
    Stage.REOPEN: (((15 * DAY, _N), (15 * DAY, _N), (15 * DAY, _N), (15 * DAY, _N)), "本系统建议"),
    Stage.OUTCOME: (((15 * DAY, _N), (15 * DAY, _N), (15 * DAY, _N), (15 * DAY, _N)), "本系统建议"),
    Stage.AUTO_CLOSE: (((7 * DAY, _N), (7 * DAY, _N), (7 * DAY, _N), (15 * DAY, _N)), "本系统建议"),
}


# the rungs of 督办 (`domain.md` §4.5): when the next one follows if the order is still late, and the reply's term
LADDER: dict[int, tuple[Allowed, str]] = {
    1: ((DAY, _D), "本系统建议：逾期一个工作日转书记督办"),
    2: ((5 * DAY, _D), "市局办法：催办后五个工作日仍逾期予以通报"),
}
REPLY_TERM: Allowed = (DAY, _D)
RETURN_WINDOW: Allowed = (DAY, _D)
LONGEST_HOLD_DAYS = 15
MOST_HOLDS, MOST_RETURNS, MOST_REOPENINGS, ENOUGH_TRIES = 2, 2, 2, 2


@dataclass(frozen=True)
class Allowance:
    """What a rule gives a stage: minutes at a pace."""

    minutes: int
    pace: Pace


@dataclass(frozen=True)
class Claimant:
    """Of whom a rule is asked: one kind of service (its code), in one organisation (by its path), at one priority."""

    kind: str
    organization_path: str
    priority: str


def seed_timer_rules() -> int:
    """Write the default rows where a stage has none; returns how many were written."""
    for_all = TimerRule.service_type.is_null() & TimerRule.organization.is_null()
    known = set(TimerRule.select(TimerRule.stage, TimerRule.priority).where(for_all).tuples())
    rows = [
        {"stage": stage, "priority": priority, "minutes": minutes, "pace": pace, "source": source}
        for stage, (allowed, source) in DEFAULTS.items()
        for priority, (minutes, pace) in zip(Priority, allowed, strict=True)
        if (stage.value, priority.value) not in known
    ]
    if rows:
        TimerRule.insert_many(rows).execute()
    return len(rows)


def find_allowances(stages: Sequence[Stage], claimant: Claimant, *, today: date) -> dict[Stage, Allowance]:
    """What each of the stages is given, in one statement; raises KeyError for a stage without a rule."""
    rows: pw.ModelSelect[Any] = RULE_COLUMNS.where(
        TimerRule.stage.in_(stages),
        TimerRule.priority == claimant.priority,
        TimerRule.service_type.is_null() | TimerRule.service_type.in_(versions_of(claimant.kind)),
        in_force(today),
    )
    return most_specific(rows.tuples(), claimant.organization_path, stages)


RULE_COLUMNS = TimerRule.select(
    TimerRule.stage, TimerRule.minutes, TimerRule.pace, TimerRule.service_type, TimerRule.organization
)


def in_force(today: date) -> pw.Expression:
    """Rules whose validity covers a local day."""
    return (TimerRule.starts_on.is_null() | (TimerRule.starts_on <= today)) & (
        TimerRule.ends_on.is_null() | (TimerRule.ends_on >= today)
    )


def most_specific(
    rows: Iterable[tuple[str, int, str, int | None, int | None]], path: str, stages: Sequence[Stage]
) -> dict[Stage, Allowance]:
    """The nearest organisation's row wins, then the row made for the kind of service."""
    ranked: dict[str, tuple[tuple[int, bool], Allowance]] = {}
    steps = path.split(".")[:-1]
    for stage, minutes, pace, kind, organization_id in rows:
        if organization_id is not None and str(organization_id) not in steps:
            continue
        depth = steps.index(str(organization_id)) + 1 if organization_id is not None else 0
        rank = (depth, kind is not None)
        if stage not in ranked or ranked[stage][0] < rank:
            ranked[stage] = (rank, Allowance(minutes, Pace(pace)))
    return {stage: ranked[stage][1] for stage in stages}
