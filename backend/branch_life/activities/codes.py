"""Rotating codes: what the organiser's screen shows for 30 seconds, signed with our key.

The text in the QR code names its activity and its step, so that one can tell an old code from a forged one.
No code can prove that a phone was in the room: a picture of the screen works as well for one step.
"""

import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from backend.core.crypto import keyring

STEP_S = 30
TOLERANCE_STEPS = 1
# how far back six digits are recognised as old instead of wrong: ten minutes
REMEMBERED_STEPS = 20
DIGITS = 6

_PURPOSE = "check-in code"
_TYPED_PURPOSE = "check-in digits"
_CODE = re.compile(r"([a-z2-7]{16})\.([0-9]{1,12})\.([A-Za-z0-9_-]{22})")


@dataclass(frozen=True)
class Shown:
    """A code that was really on the screen: of which activity, in which step."""

    activity: str
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


def code_text(activity: str, step: int) -> str:
    """The signed code of an activity (its public id) in one step."""
    return f"{activity}.{step}.{keyring.sign(_PURPOSE, f'{activity}.{step}')}"


def read_code(text: str) -> Shown | None:
    """What a code says, if it is one of ours, however old."""
    match = _CODE.fullmatch(text)
    if match is None:
        return None
    activity, step, signature = match.groups()
    if not keyring.signed_by_us(_PURPOSE, f"{activity}.{step}", signature):
        return None
    return Shown(activity, int(step))


def typed_code(activity: str, step: int) -> str:
    """Six digits for those whose camera fails."""
    number = int.from_bytes(keyring.mac(_TYPED_PURPOSE, f"{activity}.{step}")[:8], "big")
    return f"{number % 10**DIGITS:0{DIGITS}}"


def step_of_digits(activity: str, digits: str, *, occurred_at: datetime, now: datetime) -> int | None:
    """The step in which the screen of this activity showed these digits; None if it did not.

    One looks at the present, at the time that the phone says, and some minutes back.
    """
    present, said = step_at(now), step_at(occurred_at)
    around = range(-TOLERANCE_STEPS, TOLERANCE_STEPS + 1)
    candidates = [present - back for back in around]
    candidates += [said - back for back in around]
    candidates += [present - back for back in range(TOLERANCE_STEPS + 1, REMEMBERED_STEPS + 1)]
    for step in candidates:
        if hmac.compare_digest(typed_code(activity, step), digits):
            return step
    return None
