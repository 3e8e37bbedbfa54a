"""Lists by cursor: constant cost however deep, no page numbers that shift under the reader."""

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from backend.core.database import from_stored, to_stored
from backend.core.errors import Invalid, invalid_field

T = TypeVar("T")
MAX_LIMIT = 100


class PageQuery(BaseModel):
    """`?limit=&cursor=` of every list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: int = Field(20, ge=1, le=MAX_LIMIT, description="how many at most")
    cursor: str | None = Field(None, max_length=200, description="`next_cursor` of the page before")


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some items and the way to the next ones; no cursor means that this was the last page."""

    items: list[T]
    next_cursor: str | None


def write_cursor(*position: Any) -> str:
    """A position in a list as an opaque word."""
    return base64.urlsafe_b64encode("|".join(str(part) for part in position).encode()).decode().rstrip("=")


def read_cursor(cursor: str, parts: int) -> list[str]:
    """The position that `write_cursor` wrote; 422 when it is not one of ours."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        text = ""
    position = text.split("|")
    if len(position) != parts:
        raise bad_cursor()
    return position


def cursor_number(cursor: str | None) -> int | None:
    """A cursor that is one row id; None without a cursor."""
    if cursor is None:
        return None
    (text,) = read_cursor(cursor, 1)
    return _number(text)


def cursor_position(cursor: str | None) -> tuple[str, str, int] | None:
    """A cursor that is two words and, among equal ones, a row id; None without a cursor."""
    if cursor is None:
        return None
    first, second, text = read_cursor(cursor, 3)
    return first, second, _number(text)


def cursor_path(cursor: str | None) -> str | None:
    """A cursor that is a place in the tree of organisations; None without a cursor."""
    if cursor is None:
        return None
    (path,) = read_cursor(cursor, 1)
    if not re.fullmatch(r"([0-9]{1,18}\.)+", path):
        raise bad_cursor()
    return path


def cursor_instant(cursor: str) -> tuple[datetime, int]:
    """A cursor that is an instant and, among equal ones, a row id."""
    at, text = read_cursor(cursor, 2)
    try:
        return from_stored(at), _number(text)
    except ValueError:
        raise bad_cursor() from None


def _number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise bad_cursor()
    return int(text)


def bad_cursor() -> Invalid:
    """422 for a position that no list of ours gave."""
    return invalid_field("cursor", "bad_cursor", "翻页位置无效，请从头开始")


def page_by_instant(rows: list[Any], limit: int, field: str) -> tuple[list[Any], str | None]:
    """The same for rows in the order of an instant, then of their ids."""
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]
    return rows[:limit], write_cursor(to_stored(getattr(last, field)), last.id)


def page_by_id(rows: list[Any], limit: int) -> tuple[list[Any], str | None]:
    """Cut `limit + 1` rows with an `id` to a page and say where the next one begins."""
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], write_cursor(rows[limit - 1].id)
