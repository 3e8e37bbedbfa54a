"""What a text consists of, and the platform's rules for the values of template fields."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

Facts = Mapping[str, Any]

LOCAL = ZoneInfo("Asia/Shanghai")
CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
NOTHING = "—"
# longest value by type of field (wechat.md §B.4); types not named here take what they get
LIMITS = {
    "thing": 20,
    "character_string": 32,
    "phrase": 5,
    "name": 10,
    "symbol": 5,
    "letter": 32,
    "number": 32,
}


@dataclass(frozen=True)
class Text:
    """One message: `title` and `body` for the inbox, `values` by our names for the template, a page to open."""

    title: str
    body: str
    page: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)


Writer = Callable[[Facts], Text]


def fill_template(fields: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """Template data: each platform field (`thing1`) gets our value of that name, cut to the field's rule."""
    return {platform: fit(platform, values.get(ours, "")) for platform, ours in fields.items()}


def fit(platform_field: str, value: str) -> str:
    """A value within the rule of its field: no control characters, not empty, not too long."""
    kind = platform_field.rstrip("0123456789")
    flat = CONTROL.sub(" ", value).strip()
    if kind == "character_string":
        flat = re.sub(r"[^\x20-\x7e]", "", flat)
    return clip(flat, LIMITS.get(kind, 200)) or ("-" if kind == "character_string" else NOTHING)


def clip(text: str, limit: int) -> str:
    """The text cut to `limit` characters, with an ellipsis when cut."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def moment(iso: str | None) -> str:
    """An ISO instant as `2026年11月29日 08:00` in local time; nothing for None."""
    if not iso:
        return NOTHING
    return f"{datetime.fromisoformat(iso).astimezone(LOCAL):%Y年%m月%d日 %H:%M}"


def short_moment(iso: str | None) -> str:
    """An ISO instant as `11月29日 08:00` in local time."""
    return moment(iso).partition("年")[2] or NOTHING
