"""The list of everything that was delivered."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from emulator.clock import iso
from emulator.control.requests import ControlError
from emulator.plain import to_plain
from emulator.platform import Platform
from emulator.state import Sent


def sent_items(platform: Platform, filters: Mapping[str, str]) -> list[dict[str, Any]]:
    """Filters: channel, user (name, openid), robot (key, group), template_id, after (a seq), limit."""
    after, limit = _number(filters, "after", 0), _number(filters, "limit", 0)
    with platform.lock:
        fitting = list(islice(_fitting(platform.state.sent, after, filters), limit or None))
    return [as_answer(item) for item in fitting]


def _fitting(sent: list[Sent], after: int, filters: Mapping[str, str]) -> Iterator[Sent]:
    """From the first that is new on: of very many, the end is asked for again and again."""
    for place in range(bisect_right(sent, after, key=lambda item: item.seq), len(sent)):
        if _fits(sent[place], filters):
            yield sent[place]


def _fits(item: Sent, filters: Mapping[str, str]) -> bool:
    wanted = {
        "channel": {item.channel},
        "user": {item.user, item.openid},
        "robot": {item.robot, item.group},
        "template_id": {item.template_id},
    }
    return all(not filters.get(name) or filters[name] in values for name, values in wanted.items())


def as_answer(item: Sent) -> dict[str, Any]:
    plain: dict[str, Any] = to_plain(item)
    return plain | {"at": iso(item.at)}


def _number(filters: Mapping[str, str], name: str, default: int) -> int:
    try:
        return int(filters.get(name) or default)
    except ValueError:
        raise ControlError(f"{name} must be a whole number") from None
