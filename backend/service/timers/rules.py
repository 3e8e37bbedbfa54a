"""How long each stage may take, as rows: the defaults with their basis, and which row counts for an order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from backend.core import reference
from backend.core.reference import Question
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
        reference.changed()
    return len(rows)


@dataclass(frozen=True)
class Rules:
    """What is given on one day, everywhere: allowances by stage, priority and kind (None: any), each with the
    organisation whose word it is."""

    given: Mapping[tuple[str, str, str | None], Sequence[tuple[int | None, Allowance]]]

    def allowances(self, stages: Iterable[Stage], claimant: Claimant) -> dict[Stage, Allowance]:
        """What each of the stages is given; raises KeyError for a stage without a rule."""
        steps = claimant.organization_path.split(".")[:-1]
        return {stage: self._most_specific(stage, claimant, steps) for stage in stages}

    def _most_specific(self, stage: Stage, claimant: Claimant, steps: list[str]) -> Allowance:
        """The nearest organisation's row wins, then the row made for the kind of service."""
        held: Allowance | None = None
        least = 0
        for kind in (None, claimant.kind):
            for organization_id, allowance in self.given.get((stage, claimant.priority, kind), ()):
                depth = _depth(steps, organization_id)
                if depth is not None and depth >= least:
                    held, least = allowance, depth
        if held is None:
            raise KeyError(stage)
        return held


def rules_on(today: date) -> Question:
    """The `Rules` of a local day, as reference data that is remembered."""
    day = today.isoformat()
    return Question("rule", _RULE_ROWS, (day, day), _rules_of_rows)


# of any version of a kind
_RULE_ROWS = """
SELECT JSON_ARRAY('rule', r.stage, r.priority, k.code, r.organization_id, r.minutes, r.pace)
  FROM timer_rule r LEFT JOIN service_type k ON k.id = r.service_type_id
 WHERE (r.starts_on IS NULL OR r.starts_on <= ?) AND (r.ends_on IS NULL OR r.ends_on >= ?)
"""


def _rules_of_rows(rows: list[list[Any]]) -> Rules:
    given: dict[tuple[str, str, str | None], list[tuple[int | None, Allowance]]] = {}
    for stage, priority, kind, organization_id, minutes, pace in rows:
        given.setdefault((stage, priority, kind), []).append((organization_id, Allowance(minutes, Pace(pace))))
    return Rules(given)


def _depth(steps: list[str], organization_id: int | None) -> int | None:
    """How near to the organisation a word was said; None when it was said elsewhere."""
    if organization_id is None:
        return 0
    return steps.index(str(organization_id)) + 1 if str(organization_id) in steps else None
