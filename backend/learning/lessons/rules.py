"""Every number that lessons go by, with its source: a table to be changed, not constants to be found."""

from dataclasses import dataclass
from datetime import time, timedelta
from decimal import Decimal


@dataclass(frozen=True)
class LengthRule:
    """How long a lesson's sound may be, in seconds, both ends included."""

    min_s: int
    max_s: int
    source: str


@dataclass(frozen=True)
class SundayRule:
    """When a lesson comes out: ISO weekday (7 = Sunday), local time; `preview` weeks are shown ahead.

    On a Sunday that is worked for a holiday elsewhere (调休) it comes at `at_work`, in the lunch break.
    """

    weekday: int
    at: time
    at_work: time
    preview: int
    source: str


@dataclass(frozen=True)
class GapRule:
    """When an empty Sunday is spoken of: (ISO weekday, local time) in the week before it.

    `stand_in` is the moment from which a stand-in takes the empty Sunday. An organisation publishes regularly,
    and is warned at all, when it did so within `regular_weeks`.
    """

    warnings: tuple[tuple[int, time], ...]
    stand_in: tuple[int, time]
    regular_weeks: int
    source: str


@dataclass(frozen=True)
class CatchUpRule:
    """How late a lesson may still be announced after down time; later it is published in silence."""

    push_within: timedelta
    source: str


@dataclass(frozen=True)
class ListeningRule:
    """When a lesson counts as heard, and what a heartbeat may claim.

    `done_share` is the part of the sound that must have been played once; `first_s` is the time that the
    first heartbeat of a person may count; after `sitting` without one a new play begins; `max_parts` bounds
    the separate stretches kept of one listener.
    """

    done_share: Decimal
    max_speed: float
    first_s: int
    sitting: timedelta
    max_parts: int
    hours_per_record: Decimal
    source: str


LENGTH = LengthRule(240, 360, "S0 党课星期天: a lecture of about five minutes")
SUNDAY = SundayRule(
    7, time(8, 0), time(12, 30), 8, "S0 党课星期天: every Sunday; 08:00 and 12:30 from issue 'Sunday lessons'"
)
GAPS = GapRule(
    warnings=((3, time(9, 0)), (6, time(9, 0))),
    stand_in=(6, time(18, 0)),
    regular_weeks=4,
    source="issue 'Sunday lessons': gap warning from Wednesday, a stand-in; the hours are our own",
)
CATCH_UP = CatchUpRule(timedelta(hours=24), "our own: Sunday's lesson is not announced on Tuesday")
LISTENING = ListeningRule(
    done_share=Decimal("0.90"),
    max_speed=2.0,
    first_s=15,
    sitting=timedelta(minutes=30),
    max_parts=200,
    hours_per_record=Decimal("0.10"),
    source="issue 'Sunday lessons': done at 90 %, speed up to 2; 5 of 60 minutes round to a tenth of an hour",
)
