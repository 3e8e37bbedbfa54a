"""What a text consists of, and the platform's rules for the values of template fields."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

Facts = Mapping[str, Any]

LOCAL = ZoneInfo("Asia/Shanghai")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
NOTHING = "—"
LONGEST_VALUE = 200


class Unfit(ValueError):
    """A field whose type knows no word for "nothing" (a time, a number) has no value: send no such message."""


@dataclass(frozen=True)
class Text:
    """One message: `title` and `body` for the inbox, `values` by our names for the template, a page to open."""

    title: str
    body: str
    page: str | None = None
    values: Mapping[str, str | None] = field(default_factory=dict)


Writer = Callable[[Facts], Text]


@dataclass(frozen=True)
class _Rule:
    """What a type of field takes: characters that are `allowed`, at most `limit`, and what stands for nothing."""

    limit: int
    allowed: str = r"."
    nothing: str = NOTHING
    ellipsis: str = "…"


# by type of field (wechat.md §B.4); types that are not named here take any text
_RULES = {
    "thing": _Rule(20),
    "name": _Rule(10),
    "car_number": _Rule(8, ellipsis=""),
    "phrase": _Rule(5, r"[\u3400-\u9fff]", nothing="无", ellipsis=""),
    "character_string": _Rule(32, r"[\x20-\x7e]", nothing="-", ellipsis=""),
    "letter": _Rule(32, r"[A-Za-z]", nothing="none", ellipsis=""),
    "symbol": _Rule(5, r"[^\w\s]", nothing="-", ellipsis=""),
}
_ANY_TEXT = _Rule(LONGEST_VALUE)

# these have a form of their own: what does not have it is not sent
_FORMS = {
    "number": r"-?\d{1,20}(\.\d{1,10})?",
    "amount": r"[¥￥$€£]?\d{1,10}(\.\d{1,2})?元?",
    "phone_number": r"[\d+\-() *#]{1,17}",
    "time": r"(\d{4}年\d{1,2}月\d{1,2}日 )?\d{1,2}:\d{2}",
    "date": r"\d{4}年\d{1,2}月\d{1,2}日( \d{1,2}:\d{2})?",
}
_LATIN_NAME = re.compile(r"[\x20-\x7e·]{1,20}")


def named(kind: str, title: str) -> str:
    """What an activity is called in a sentence; one that bears the name of its kind is not named twice."""
    return kind if title == kind else f"{kind}“{title}”"


def fill_template(fields: Mapping[str, str], values: Mapping[str, str | None]) -> dict[str, str]:
    """Template data: each platform field (`thing1`) gets our value of that name, cut to the field's rule."""
    return {platform: fit(platform, values.get(ours) or "") for platform, ours in fields.items()}


def fit(platform_field: str, value: str) -> str:
    """A value within the rule of its field: no control characters, not empty, not too long; raises Unfit."""
    kind = platform_field.rstrip("0123456789")
    flat = CONTROL.sub(" ", value).strip()
    if kind in _FORMS:
        return _formed(platform_field, _FORMS[kind], moment(flat) if kind in {"time", "date"} else flat)
    if kind == "name" and _LATIN_NAME.fullmatch(flat):
        return flat
    rule = _RULES.get(kind, _ANY_TEXT)
    kept = "".join(re.findall(rule.allowed, flat)).strip()
    return clip(kept, rule.limit, rule.ellipsis) or rule.nothing


def _formed(platform_field: str, form: str, value: str) -> str:
    if not re.fullmatch(form, value, re.ASCII):
        raise Unfit(f"no value for {platform_field}")
    return value


def clip(text: str, limit: int, ellipsis: str = "…") -> str:
    """The text cut to `limit` characters, with an ellipsis when cut."""
    return text if len(text) <= limit else text[: limit - len(ellipsis)] + ellipsis


def moment(iso: str | None) -> str:
    """An ISO instant as `2026年11月29日 08:00` in local time; nothing for None, any other text as it is."""
    try:
        at = datetime.fromisoformat(iso or "")
    except ValueError:
        return iso or NOTHING
    local = at.astimezone(LOCAL) if at.tzinfo else at
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"


def short_moment(iso: str | None) -> str:
    """An ISO instant as `11月29日 08:00` in local time."""
    return moment(iso).partition("年")[2] or NOTHING


def day_in_words(iso: str) -> str:
    """A local day as `2026年11月23日`."""
    year, month, day = iso.split("-")
    return f"{year}年{int(month)}月{int(day)}日"


def month_day(iso: str) -> str:
    """A local day as `11月23日`."""
    return day_in_words(iso).partition("年")[2]
