"""Windows of a day, as people write them: 18:30 until 21:00."""

from typing import Annotated

from pydantic import Field

MINUTES_OF_HOUR = 60
HourMinute = Annotated[
    str, Field(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", description="HH:MM, at most 24:00")
]
Weekday = Annotated[int, Field(ge=1, le=7, description="Monday is 1")]
WEEKDAYS = ("", "周一", "周二", "周三", "周四", "周五", "周六", "周日")


def minute_of(text: str) -> int:
    """`18:30` as a minute of the day."""
    hour, minute = text.split(":")
    return int(hour) * MINUTES_OF_HOUR + int(minute)


def text_of(minute: int) -> str:
    """A minute of the day as `18:30`."""
    return f"{minute // MINUTES_OF_HOUR:02}:{minute % MINUTES_OF_HOUR:02}"
