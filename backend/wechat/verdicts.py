"""What the platform thinks of a text or a file, in three words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Verdict = Literal["pass", "review", "risky"]
SEVERITY: tuple[Verdict, ...] = ("pass", "review", "risky")
# the platform's label for current affairs: Party texts hit it often, so it alone refuses nothing (wechat.md §B.6)
POLITICS = 20001


@dataclass(frozen=True)
class MediaVerdict:
    """The end of a file's check; `verdict` is None where the platform could not fetch the file."""

    trace_id: str
    verdict: Verdict | None


def verdict_of(result: Mapping[str, Any]) -> Verdict:
    """The platform's suggestion; the label for current affairs alone goes to a person, never to a refusal."""
    suggested: Verdict = SEVERITY[SEVERITY.index(result["suggest"])]
    if suggested == "risky" and int(result["label"]) == POLITICS:
        return "review"
    return suggested


def milder(one: Verdict, other: Verdict) -> bool:
    """Whether `one` is milder than `other`."""
    return SEVERITY.index(one) < SEVERITY.index(other)


def read_media_verdict(event: Mapping[str, Any]) -> MediaVerdict:
    """The event `wxa_media_check`; raises ValueError or KeyError when it is nothing of the kind."""
    if int(event["errcode"]):
        return MediaVerdict(str(event["trace_id"]), None)
    return MediaVerdict(str(event["trace_id"]), verdict_of(event["result"]))
