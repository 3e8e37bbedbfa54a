"""Every periodic job on one screen. Each asks the database what is due at `now`; none keeps a schedule of its own."""

from collections.abc import Callable
from dataclasses import dataclass

from backend.messaging.due import purge_old
from backend.tally.counting import fold

Question = Callable[..., int]


@dataclass(frozen=True)
class Job:
    """A question about now, safe to ask twice, late, or on two machines; `every_s` is in seconds."""

    name: str
    every_s: float
    ask: Question


JOBS = (
    Job("fold tallies", 5, fold),
    Job("purge old messages", 3600, purge_old),
)
RELAY_EVERY_S = 1.0
