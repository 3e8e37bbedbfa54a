"""Limits per second, minute and day, counted on the virtual clock."""

from dataclasses import dataclass
from typing import Literal

from emulator.clock import local_day
from emulator.errors import PlatformError

Span = Literal["second", "minute", "day"]


@dataclass(frozen=True)
class Limit:
    """At most `most` calls in one `span`; one more is answered with `errcode`."""

    most: int
    span: Span
    errcode: int
    name: str = ""  # calls that share a limit share its name


@dataclass
class Count:
    """How often something was called in the span that is named."""

    span: str
    used: int = 0


def count(counters: dict[str, Count], limit: Limit, what: str, now: float, times: int = 1) -> None:
    """Count a call of `what`. Raises PlatformError at the limit; the refused call is not counted."""
    span = span_at(limit.span, now)
    counter = counters.setdefault(counter_name(limit.name or what, limit.span), Count(span))
    if counter.span != span:
        counter.span, counter.used = span, 0
    if counter.used + times > limit.most:
        raise PlatformError(limit.errcode)
    counter.used += times


def counter_name(what: str, span: Span) -> str:
    return f"{what} per {span}"


def span_at(span: Span, now: float) -> str:
    if span == "day":
        return local_day(now)
    return str(int(now) if span == "second" else int(now // 60))
