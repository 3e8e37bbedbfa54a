"""Cursors: every row once, and nothing but what we wrote is taken for one."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.errors import Invalid
from backend.core.pages import (
    cursor_instant,
    cursor_number,
    page_by_id,
    page_by_instant,
    read_cursor,
    write_cursor,
)
from tests.cast import World
from tests.conftest import Api


def word(text: str) -> str:
    """Some text as a cursor would be written."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


FORGED = [
    "",
    "=",
    "x",
    "!!!!",
    "党员",
    "AAAA",
    "_" * 200,
    word("-1"),
    word("1.5"),
    word("1e9"),
    word(" 1"),
    word("１"),
    word("1|2"),
    word("9" * 19),
    word("' OR 1=1"),
    word("\0"),
    base64.urlsafe_b64encode(b"\xff\xfe").decode(),
]


@given(st.integers(0, 10**18 - 1))
def test_a_number_comes_back(number: int) -> None:
    assert cursor_number(write_cursor(number)) == number
    assert cursor_number(None) is None


@given(st.datetimes(timezones=st.just(UTC)), st.integers(0, 10**18 - 1))
def test_an_instant_and_a_number_come_back(at: datetime, number: int) -> None:
    row = type("Row", (), {"at": at, "id": number})
    _, cursor = page_by_instant([row, row], 1, "at")
    assert cursor is not None
    assert cursor_instant(cursor) == (row.at, number)  # type: ignore[attr-defined]


@pytest.mark.parametrize("cursor", FORGED)
def test_a_forged_number_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid) as caught:
        cursor_number(cursor)
    assert (caught.value.status, caught.value.extra["errors"][0]["field"]) == (422, "cursor")


@pytest.mark.parametrize(
    "cursor", [*FORGED, word("today|1"), word("2026-11-23 09:00:00|x"), word("|"), word("2026-13-01|1")]
)
def test_a_forged_instant_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid):
        cursor_instant(cursor)


def test_the_number_of_parts_must_fit() -> None:
    assert read_cursor(write_cursor("a", "b"), 2) == ["a", "b"]
    with pytest.raises(Invalid):
        read_cursor(write_cursor("a", "b"), 3)


@pytest.mark.parametrize("path", ["/organizations", "/me/inbox", "/me/forwards", "/organizations/DH-01-01/members"])
def test_lists_refuse_forged_cursors(api: Callable[[Any], Api], world: World, path: str) -> None:
    for cursor in FORGED:
        answer = api(world.secretary).get(path, cursor=cursor)
        assert (answer.status, answer.code) == (422, "invalid"), cursor


def test_a_page_ends_without_a_cursor_when_nothing_follows() -> None:
    rows = [type("Row", (), {"id": number, "at": datetime.now(UTC) + timedelta(number)}) for number in (1, 2, 3)]
    assert page_by_id(rows, 3) == (rows, None)
    assert page_by_id([], 3) == ([], None)
    assert page_by_id(rows, 2) == (rows[:2], write_cursor(2))
    assert page_by_instant(rows, 3, "at") == (rows, None)


def test_following_the_cursors_shows_every_row_once(api: Callable[[Any], Api], world: World) -> None:
    for limit in (1, 2, 3, 4, 100):
        seen: list[str] = []
        cursor = None
        while cursor or not seen:
            query = {"limit": limit, **({"cursor": cursor} if cursor else {})}
            page = api(world.resident).get("/organizations", **query).data
            assert len(page["items"]) <= limit
            seen += [item["code"] for item in page["items"]]
            cursor = page["next_cursor"]
        assert seen == ["DH", "DH-01", "DH-01-01", "NS-01"]
