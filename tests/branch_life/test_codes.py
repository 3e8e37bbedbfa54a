"""Rotating codes: genuine, old, forged."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from backend.branch_life.activities import codes

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
ACTIVITY = "abcdefghijklmno2"
OTHER = "abcdefghijklmno3"


@pytest.fixture(autouse=True)
def keys(app: Flask) -> None:
    """The application brings the keys."""


def test_a_code_tells_its_activity_and_step() -> None:
    shown = codes.read_code(codes.code_text(ACTIVITY, 0, codes.step_at(NOW)))
    assert shown == codes.Shown(ACTIVITY, 0, codes.step_at(NOW))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "a.b.c",
        f"{ACTIVITY}.0.59479200." + "A" * 22,
        f"{ACTIVITY}.0.５９." + "A" * 22,
        "." * 80,
    ],
)
def test_what_we_did_not_sign_is_no_code(text: str) -> None:
    assert codes.read_code(text) is None


def test_a_code_cannot_be_moved_to_another_activity_or_step() -> None:
    code = codes.code_text(ACTIVITY, 0, 59_479_200)
    assert codes.read_code(code.replace(ACTIVITY, OTHER)) is None
    assert codes.read_code(code.replace("59479200", "59479201")) is None


@pytest.mark.parametrize(
    ("seconds", "near"), [(-31, False), (-30, True), (0, True), (29, True), (59, True), (60, False)]
)
def test_a_code_counts_one_step_to_either_side(seconds: int, near: bool) -> None:
    step = codes.step_at(NOW)
    assert codes.is_near(step, NOW + timedelta(seconds=seconds)) is near


def test_the_screen_turns_every_half_minute() -> None:
    assert codes.step_ends_at(codes.step_at(NOW)) == NOW + timedelta(seconds=30)


def test_digits_are_six_and_differ_by_activity_and_step() -> None:
    digits = {codes.typed_code(activity, 0, step) for activity in (ACTIVITY, OTHER) for step in range(50)}
    assert all(len(text) == 6 and text.isdecimal() for text in digits)
    assert len(digits) > 95


@pytest.mark.parametrize("back", [0, 1, 2, 20])
def test_digits_are_known_again_for_ten_minutes(back: int) -> None:
    step = codes.step_at(NOW) - back
    digits = codes.typed_code(ACTIVITY, 0, step)
    assert codes.shown_digits(ACTIVITY, 1, digits, occurred_at=NOW, now=NOW) == codes.Shown(ACTIVITY, 0, step)


def test_older_digits_are_known_at_the_time_that_the_phone_says() -> None:
    yesterday = NOW - timedelta(days=1)
    digits = codes.typed_code(ACTIVITY, 0, codes.step_at(yesterday))
    assert codes.shown_digits(ACTIVITY, 1, digits, occurred_at=NOW, now=NOW) is None
    assert codes.shown_digits(ACTIVITY, 1, digits, occurred_at=yesterday, now=NOW) == codes.Shown(
        ACTIVITY, 0, codes.step_at(yesterday)
    )
