"""Retention: what is over goes, what is not stays, and the report says so."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from backend.core.database import connected
from backend.core.files import NAME_BYTES, FileStore
from backend.learning.lessons.models import Lesson
from backend.media.due import purge_unused_media
from backend.media.models import Media, MediaState
from backend.operation.retention import due
from backend.operation.retention.due import let_go
from backend.operation.retention.models import RetentionRun
from backend.operation.retention.rules import RETENTION
from backend.service.models import OrderMedia, ServiceOrder
from tests.cast import Person, World
from tests.conftest import Api, FakeClock
from tests.operation.test_commands import run
from tests.service.conftest import Desk
from tests.service.conftest import catalogue as catalogue
from tests.service.conftest import desk as desk

Client = Callable[[Person | None], Api]


def picture(desk: Desk, name: str, number: str | None) -> Media:
    """A picture of the resident, tied to an order if there is one."""
    media: Media = Media.create(
        public_id=name,
        uploader=desk.world.resident.account,
        kind="picture",
        content_type="image/png",
        file_name=name * 2 * NAME_BYTES,
        size=1,
        sha256=name.ljust(64, "0"),
        created_at=desk.clock(),
        attached_at=desk.clock(),
        moderation=MediaState.PASSED,
    )
    if number is not None:
        tie(media, number)
    return media


def tie(media: Media, number: str) -> None:
    """Show a picture with an order."""
    order = ServiceOrder.get(ServiceOrder.number == number)
    OrderMedia.create(order=order, media=media, handed_in=False)


@pytest.fixture
def closed(desk: Desk) -> str:
    """An order that its requester has withdrawn."""
    number = desk.pooled()
    desk.must(desk.world.resident, number, "cancel", note="不用了")
    return number


def test_photos_and_contacts_of_an_order_go_a_year_after_its_end(desk: Desk, closed: str, tmp_path: Path) -> None:
    still_open = desk.pooled()
    mine, shared, others = picture(desk, "a", closed), picture(desk, "b", closed), picture(desk, "c", still_open)
    tie(shared, still_open)
    desk.clock.advance(days=364)
    let_go(now=desk.clock())
    assert OrderMedia.select().count() == 4
    desk.clock.advance(days=2)
    let_go(now=desk.clock())
    assert {row.media_id for row in OrderMedia.select()} == {shared.id, others.id}
    assert Media.get_by_id(mine.id).attached_at is None
    assert Media.get_by_id(shared.id).attached_at is not None
    order, other = (ServiceOrder.get(ServiceOrder.number == number) for number in (closed, still_open))
    assert (order.contact_name, order.contact_phone) == (None, None)
    assert other.contact_phone is not None
    assert order.title
    purge_unused_media(store=FileStore(tmp_path / "media"), now=desk.clock())
    assert {row.public_id for row in Media.select()} == {"b", "c"}


def test_a_file_that_a_lesson_uses_too_stays(desk: Desk, closed: str, tmp_path: Path) -> None:
    media = picture(desk, "a", closed)
    Lesson.create(
        public_id="l",
        organization=desk.world.branch,
        title="党课",
        lecturer="某",
        source="某",
        text="文",
        audio=media,
        poster=media,
        duration_s=1,
        state="draft",
        author=desk.world.secretary.account,
        publish_on=date(2026, 11, 29),
        created_at=desk.clock(),
        changed_at=desk.clock(),
    )
    desk.clock.advance(days=366)
    let_go(now=desk.clock())
    purge_unused_media(store=FileStore(tmp_path / "media"), now=desk.clock())
    assert Media.get_by_id(media.id).attached_at is not None


def test_every_run_is_on_record_and_twice_adds_nothing(desk: Desk, closed: str) -> None:
    desk.clock.advance(days=366)
    assert let_go(now=desk.clock()) > 0
    assert let_go(now=desk.clock()) == 0
    runs = {row.rule: row.removed for row in RetentionRun.select()}
    assert set(runs) == {rule.name for rule in RETENTION}
    assert runs["order_contacts"] == 1
    desk.clock.advance(days=1)
    let_go(now=desk.clock())
    assert RetentionRun.select().count() == 2 * len(RETENTION)


def test_two_bots_that_begin_a_day_together_both_have_their_share_on_record(
    world: World, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = Barrier(2)

    def removes_two(*, now: datetime) -> int:
        together.wait()
        return 2

    monkeypatch.setattr(due, "RETENTION", [replace(RETENTION[0], let_go=removes_two)])

    def one_bot() -> int:
        with connected():
            return let_go(now=clock())

    with ThreadPoolExecutor(2) as bots:
        assert [bot.result() for bot in [bots.submit(one_bot), bots.submit(one_bot)]] == [2, 2]
    assert [row.removed for row in RetentionRun.select()] == [4]


def test_the_report_is_for_everybody_who_is_logged_in(api: Client, world: World, clock: FakeClock) -> None:
    assert api(None).get("/retention").status == 401
    before = {row["rule"]: row for row in api(world.resident).get("/retention").data}
    assert before["coordinates"]["kept_days"] == 30
    assert before["order_photos"]["kept_days"] == 365
    assert all(row["source"] and row["label"] and row["ran_at"] is None for row in before.values())
    let_go(now=clock())
    after: list[dict[str, Any]] = api(world.resident).get("/retention").data
    assert all(row["ran_at"] for row in after)
    clock.advance(days=31)
    assert all(row["ran_at"] is None for row in api(world.resident).get("/retention").data)


def test_names_and_times_make_sense() -> None:
    assert len({rule.name for rule in RETENTION}) == len(RETENTION)
    assert all(timedelta() < rule.kept <= timedelta(days=365) for rule in RETENTION)


@pytest.mark.sqlite
def test_the_command_prints_the_report(tmp_path: Path) -> None:
    assert run(tmp_path, "backend", "migrate").returncode == 0
    shown = run(tmp_path, "backend", "retention", "report")
    assert shown.returncode == 0, shown.stderr
    assert "签到时手机的位置：保存 30 天" in shown.stdout
    assert "最近一次 还没有" in shown.stdout
