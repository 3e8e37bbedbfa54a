"""Every periodic job on one screen. Each asks the database what is due at `now`; none keeps a schedule of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from backend.branch_life.activities.due import purge_wrong_codes
from backend.core.files import FileStore
from backend.learning.lessons.due import publish_due_lessons
from backend.media.due import purge_unused_media, sweep_stray_files
from backend.messaging.due import purge_old
from backend.tally.counting import fold

Question = Callable[..., int]


@dataclass(frozen=True)
class Job:
    """A question about now, safe to ask twice, late, or on two machines; `every_s` is in seconds.

    `speaks`: its answer may be a message, so a simulation asks it too.
    """

    name: str
    every_s: float
    ask: Question
    speaks: bool = False


RELAY_EVERY_S = 1.0


def jobs_for(store: FileStore) -> tuple[Job, ...]:
    """The table of jobs; some of them look after the files of `store`."""
    return (
        Job("publish due lessons", 5, publish_due_lessons, speaks=True),
        Job("fold tallies", 5, fold),
        Job("purge old messages", 3600, purge_old),
        Job("purge wrong codes", 3600, purge_wrong_codes),
        Job("purge unused media", 3600, partial(purge_unused_media, store=store)),
        Job("sweep stray files", 86_400, partial(sweep_stray_files, store=store)),
    )
