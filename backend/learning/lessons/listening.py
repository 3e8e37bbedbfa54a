"""Counting what was really played, once, on the server.

Pure arithmetic on stretches of sound, in tenths of a second; the service around it is `heartbeats`.
"""

from dataclasses import dataclass

from backend.learning.lessons.rules import LISTENING

TENTHS = 10
NONCES_KEPT = 8

Part = list[int]


@dataclass(frozen=True)
class Beat:
    """A heartbeat: where the player stands, the sound it says it played up to there, and how fast."""

    position: int
    played: int
    speed: float


def allowed_credit(credit: int, elapsed: int, speed: float, length: int) -> int:
    """Sound that real time allows by now: unclaimed time is not lost, but no more than one lesson is kept."""
    return min(credit + int(max(elapsed, 0) * min(speed, LISTENING.max_speed)), length)


def first_credit(speed: float) -> int:
    """Sound that the first heartbeat of a person may claim."""
    return int(LISTENING.first_s * TENTHS * min(speed, LISTENING.max_speed))


def stretch_of(beat: Beat, credit: int, length: int) -> Part:
    """The stretch that a heartbeat may count: what it claims, up to the credit and within the sound."""
    start = max(beat.position - min(beat.played, credit), 0)
    return [min(start, length), min(beat.position, length)]


def merged(parts: list[Part], new: Part) -> list[Part]:
    """Sorted stretches apart from each other, with one more; an empty one adds nothing."""
    result: list[Part] = []
    for start, end in sorted([*parts, new] if new[0] < new[1] else parts):
        if result and start <= result[-1][1]:
            result[-1] = [result[-1][0], max(result[-1][1], end)]
        else:
            result.append([start, end])
    # somebody who scatters hundreds of shreds is not listening: what would not fit is not counted
    return result if len(result) <= LISTENING.max_parts else parts


def length_of(parts: list[Part]) -> int:
    """Tenths of a second covered."""
    return sum(end - start for start, end in parts)


def is_done(listened: int, length: int) -> bool:
    """Whether enough of the sound was heard."""
    return listened >= length * LISTENING.done_share
