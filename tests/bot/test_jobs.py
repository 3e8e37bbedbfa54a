"""The table of jobs: each a question that may be asked twice, late, and by two machines at once."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from backend.core.crypto import keyring
from backend.core.database import connected, database, in_unit_of_work
from backend.core.files import FileStore
from backend.core.settings import Settings
from backend.demo.branch import load_branch
from backend.demo.lessons import load_lessons
from backend.installation import FIRST_ROWS
from backend.learning.lessons.posters import LessonCodes
from backend.messaging.models import OutboxEvent
from backend.rooms import TABLES
from bot.jobs import RELAY_EVERY_S, Job, jobs_for
from tests.conftest import SHANGHAI, FakeClock, make_settings
from tests.databases import EmptyDatabase
from tests.databases import empty_database as empty_database
from tests.emulated import reaching

SUNDAY = datetime(2026, 11, 29, 8, 0, tzinfo=SHANGHAI)
MOMENTS = (SUNDAY - timedelta(days=4), SUNDAY, SUNDAY + timedelta(minutes=30), SUNDAY + timedelta(days=40))


@pytest.fixture
def demo(empty_database: EmptyDatabase, platform: object, clock: FakeClock, tmp_path: Path) -> Iterator[Settings]:
    """The demo branch as it is installed."""
    with empty_database() as url:
        made = make_settings(url, tmp_path, DEMO="true", **reaching(platform))  # type: ignore[arg-type]
        keyring.initialize(made)
        database.create_tables(TABLES)
        for write in FIRST_ROWS:
            in_unit_of_work(write)
        load_branch(made, now=clock())
        load_lessons(made, now=clock())
        yield made


@pytest.fixture
def jobs(demo: Settings) -> tuple[Job, ...]:
    """All jobs, against the demo branch."""
    return jobs_for(FileStore(demo.media_root), demo.timezone, LessonCodes(demo.public_url))


def contents() -> dict[str, list[str]]:
    """Every row of every table."""
    return {table.__name__: sorted(map(repr, table.select().tuples())) for table in TABLES}


def test_jobs_have_names_of_their_own_and_beat_no_faster_than_a_second(jobs: tuple[Job, ...]) -> None:
    assert len({job.name for job in jobs}) == len(jobs)
    assert all(job.every_s >= 1 for job in jobs)
    assert RELAY_EVERY_S >= 1


@pytest.mark.parametrize("moment", MOMENTS)
def test_every_job_may_be_asked_twice(jobs: tuple[Job, ...], moment: datetime) -> None:
    for job in jobs:
        job.ask(now=moment)
    asked_once = contents()
    assert {job.name: job.ask(now=moment) for job in jobs} == {job.name: 0 for job in jobs}
    assert contents() == asked_once


def test_every_job_may_be_asked_late_and_in_any_order(jobs: tuple[Job, ...]) -> None:
    for moment in MOMENTS:
        for job in reversed(jobs):
            job.ask(now=moment)
    told = [(row.topic, row.key) for row in OutboxEvent.select()]
    assert len(told) == len(set(told))
    assert "lesson.published" in {topic for topic, _ in told}


def test_two_bots_that_ask_at_once_say_it_once(jobs: tuple[Job, ...]) -> None:
    gate, faults = threading.Barrier(2), list[str]()

    def run() -> None:
        with connected():
            for job in jobs:
                gate.wait()
                try:
                    job.ask(now=SUNDAY)
                except Exception as error:
                    faults.append(f"{job.name}: {type(error).__name__}")

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(faults) <= {f"{job.name}: IntegrityError" for job in jobs}  # the slower one is told so, and asks again
    assert OutboxEvent.select().where(OutboxEvent.topic == "lesson.published").count() == 1
