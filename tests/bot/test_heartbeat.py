"""That the bot lives is noted and told, and what fell into a silence is reported."""

import http.server
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from backend.core.settings import SettingsError
from backend.messaging.beats import beat, last_beat
from backend.messaging.models import BotSilence
from backend.messaging.reminders.catalogue import seed_reminder_rules
from backend.messaging.reminders.due import remind
from backend.rooms import REMINDERS
from bot.heartbeat import Heartbeat
from tests.cast import World
from tests.conftest import SHANGHAI, Api, FakeClock, make_settings

Calls = Callable[[Any], Api]
PATH = "/operation/missed-runs"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def heard() -> Iterator[tuple[str, list[str]]]:
    """A watcher on this machine: its address, and what it heard."""
    paths: list[str] = []

    class Watcher(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(500 if self.path.endswith("ill") else 200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Watcher)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", paths
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("path", ["well", "ill"])
def test_a_watcher_hears_each_beat_and_may_be_ill(
    world: World, clock: FakeClock, tmp_path: Path, heard: tuple[str, list[str]], path: str
) -> None:
    url, paths = heard
    settings = make_settings("sqlite:///x/zhibu.db", tmp_path, HEARTBEAT_URL=url + path)
    assert url not in repr(settings)
    heartbeat = Heartbeat(settings)
    for _ in range(2):
        assert heartbeat.beat(now=clock()) == 0
        clock.advance(minutes=1)
    assert paths == [f"/{path}"] * 2
    assert last_beat() == clock() - MINUTE


def test_a_watcher_that_is_gone_stops_nothing(world: World, clock: FakeClock, tmp_path: Path) -> None:
    settings = make_settings("sqlite:///x/zhibu.db", tmp_path, HEARTBEAT_URL="http://127.0.0.1:9/")
    assert Heartbeat(settings).beat(now=clock()) == 0
    assert last_beat() == clock()


def test_an_address_that_anybody_may_read_on_its_way_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        make_settings("sqlite:///x/zhibu.db", tmp_path, HEARTBEAT_URL="http://watcher.example/secret")
    assert refused.value.faults == ["HEARTBEAT_URL：必须以 https:// 开头"]


def test_a_silence_is_noted_once_by_whoever_comes_back(world: World, clock: FakeClock) -> None:
    assert beat(now=clock()) == 0
    clock.advance(minutes=4, seconds=59)
    assert beat(now=clock()) == 0
    stopped = clock()
    clock.advance(minutes=5)
    assert (beat(now=clock()), beat(now=clock())) == (1, 0)
    (silence,) = BotSilence.select()
    assert (silence.since, silence.until) == (stopped, clock())


@pytest.mark.parametrize("jump", [timedelta(days=-3), timedelta(hours=-1), timedelta(seconds=-1)])
def test_a_clock_that_is_turned_back_is_no_silence(world: World, clock: FakeClock, jump: timedelta) -> None:
    beat(now=clock())
    assert beat(now=clock() + jump) == 0
    assert beat(now=clock() + jump + MINUTE) == 0
    assert last_beat() == clock() + jump + MINUTE


def test_what_fell_into_a_silence_is_reported_with_when_it_was_asked_after_all(
    api: Calls, world: World, clock: FakeClock
) -> None:
    seed_reminder_rules()
    beat(now=datetime(2026, 11, 20, 15, 0, tzinfo=SHANGHAI))  # Friday: the digest is at four
    clock.set(datetime(2026, 11, 23, 8, 45, tzinfo=SHANGHAI))
    beat(now=clock())
    remind(questions=REMINDERS, timezone=SHANGHAI, now=clock())
    data = api(world.secretary).get(PATH).data
    assert data["last_beat"] == "2026-11-23T08:45:00+08:00"
    assert data["silences"] == [{"since": "2026-11-20T15:00:00+08:00", "until": "2026-11-23T08:45:00+08:00"}]
    slots = {(slot["rule"], slot["due_at"][:16]): (slot["ran_at"], slot["outcome"]) for slot in data["slots"]}
    assert slots["weekly_digest", "2026-11-20T16:00"] == ("2026-11-23T08:45:00+08:00", "late")
    assert slots["orders_unclaimed", "2026-11-23T08:30"] == ("2026-11-23T08:45:00+08:00", "late")
    assert slots["political_birthday", "2026-11-22T08:00"] == (None, "skipped")
    assert ("orders_unclaimed", "2026-11-21T08:30") not in slots  # a Saturday
    assert ("requests_waiting", "2026-11-23T09:00") not in slots  # still to come


def test_what_will_still_be_asked_is_called_waiting(api: Calls, world: World, clock: FakeClock) -> None:
    seed_reminder_rules()
    BotSilence.create(
        since=datetime(2026, 11, 20, 15, 0, tzinfo=SHANGHAI), until=datetime(2026, 11, 23, 8, 45, tzinfo=SHANGHAI)
    )
    clock.set(datetime(2026, 11, 23, 8, 45, tzinfo=SHANGHAI))
    (digest,) = [slot for slot in api(world.secretary).get(PATH).data["slots"] if slot["rule"] == "weekly_digest"]
    assert (digest["outcome"], digest["outcome_label"], digest["ask_until"]) == ("waiting", "稍后补问", "2026-11-23")
    clock.advance(days=1)
    (digest,) = [slot for slot in api(world.secretary).get(PATH).data["slots"] if slot["rule"] == "weekly_digest"]
    assert (digest["outcome"], digest["ran_at"]) == ("skipped", None)


def test_where_no_bot_ever_lived_there_is_nothing_to_report(api: Calls, world: World) -> None:
    assert api(world.secretary).get(PATH).data == {"last_beat": None, "silences": [], "slots": []}
    assert api(None).get(PATH).status == 401


@pytest.mark.parametrize(("lived", "shown"), [(False, "-1.0"), (True, "60.0")])
def test_the_metrics_say_how_long_ago_a_bot_lived(
    world: World, clock: FakeClock, app: Flask, lived: bool, shown: str
) -> None:
    if lived:
        beat(now=clock() - MINUTE)
    assert f"zhibu_bot_last_beat_seconds {shown}" in app.test_client().get("/metrics").get_data(as_text=True)
