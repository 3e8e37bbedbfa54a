"""Rotating codes: what the organiser's screen shows for 30 seconds, signed with our key.

The text in the QR code names its activity, room and step, so that one can tell an old code from a forged one.
No code can prove that a phone was in the room: a picture of the screen works as well for one step.
"""

import hmac
import re
from datetime import UTC, datetime
from typing import NamedTuple

from backend.core.crypto import keyring

STEP_S = 30
TOLERANCE_STEPS = 1
# how far back six digits are recognised as old instead of wrong: ten minutes
REMEMBERED_STEPS = 20
DIGITS = 6

_PURPOSE = "check-in code"
_TYPED_PURPOSE = "check-in digits"
_CODE = re.compile(r"([a-z2-7]{16})\.([0-9]{1,3})\.([0-9]{1,12})\.([A-Za-z0-9_-]{22})")


class Shown(NamedTuple):
    """A code that was really on the screen: of which activity and room, in which step."""

    activity: str
    room: int
    step: int


def step_at(at: datetime) -> int:
    """The number of the 30-second step that an instant falls into."""
    return int(at.timestamp()) // STEP_S


def step_ends_at(step: int) -> datetime:
    """When the screen turns to the next code."""
    return datetime.fromtimestamp((step + 1) * STEP_S, UTC)


def is_near(step: int, at: datetime) -> bool:
    """Whether a code of this step counts at that instant: its own step and one to either side."""
    return abs(step - step_at(at)) <= TOLERANCE_STEPS


def code_text(activity: str, room: int, step: int) -> str:
    """The signed code of a room of an activity (its public id) in one step."""
    said = f"{activity}.{room}.{step}"
    return f"{said}.{keyring.sign(_PURPOSE, said)}"


def read_code(text: str) -> Shown | None:
    """What a code says, if it is one of ours, however old."""
    match = _CODE.fullmatch(text)
    if match is None:
        return None
    activity, room, step, signature = match.groups()
    if not keyring.signed_by_us(_PURPOSE, f"{activity}.{room}.{step}", signature):
        return None
    return Shown(activity, int(room), int(step))


def typed_code(activity: str, room: int, step: int) -> str:
    """Six digits for those whose camera fails."""
    number = int.from_bytes(keyring.mac(_TYPED_PURPOSE, f"{activity}.{room}.{step}")[:8], "big")
    return f"{number % 10**DIGITS:0{DIGITS}}"


def shown_digits(activity: str, rooms: int, digits: str, *, occurred_at: datetime, now: datetime) -> Shown | None:
    """The room and step whose screen showed these digits; None if none of this activity did.

    One looks at the present, at the time that the phone says, and some minutes back.
    """
    present, said = step_at(now), step_at(occurred_at)
    around = range(-TOLERANCE_STEPS, TOLERANCE_STEPS + 1)
    steps = [present - back for back in around]
    steps += [said - back for back in around]
    steps += [present - back for back in range(TOLERANCE_STEPS + 1, REMEMBERED_STEPS + 1)]
    for step in steps:
        for room in range(rooms):
            if hmac.compare_digest(typed_code(activity, room, step), digits):
                return Shown(activity, room, step)
    return None
