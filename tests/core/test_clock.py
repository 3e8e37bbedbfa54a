"""The clock of the demo follows the emulator's; the day is that of the given time zone."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from backend.core.clock import DemoClock, clock_for, local_day, system_clock
from tests.conftest import make_settings
from tests.emulated import Platform, free_port, reaching
from tests.emulated import emulator as emulator

AT_ONCE = timedelta(seconds=20)  # how long the slowest test machine may take for a few lines


def test_outside_the_demo_time_is_the_machines(tmp_path: Path) -> None:
    assert clock_for(make_settings("sqlite:///x.db", tmp_path)) is system_clock
    assert system_clock().tzinfo is UTC


def test_in_the_demo_a_person_can_make_it_sunday(emulator: Platform, tmp_path: Path) -> None:
    emulator.control("reset")
    clock = clock_for(make_settings("sqlite:///x.db", tmp_path, DEMO="true", **reaching(emulator)))
    assert abs(clock() - system_clock()) < AT_ONCE
    sunday = datetime(2026, 11, 29, 8, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
    emulator.set_clock(sunday)
    assert timedelta() <= clock() - sunday < AT_ONCE
    assert clock().tzinfo is UTC


def test_the_demo_goes_on_with_the_last_known_time_when_the_emulator_is_gone() -> None:
    clock = DemoClock(f"http://127.0.0.1:{free_port()}/_control/clock")
    assert abs(clock() - system_clock()) < AT_ONCE


def test_a_day_is_local() -> None:
    late = datetime(2026, 11, 28, 16, 30, tzinfo=UTC)
    assert local_day(late, ZoneInfo("Asia/Shanghai")) == date(2026, 11, 29)
    assert local_day(late, ZoneInfo("UTC")) == date(2026, 11, 28)
