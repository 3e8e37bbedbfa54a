"""What one gets of one's own data."""

from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field, PlainSerializer, SerializationInfo, WithJsonSchema

from backend.core.http import Instant, Shape, shown_instant


def _shown(value: Any, info: SerializationInfo[ZoneInfo | None]) -> Any:
    """What a room has put together, with its instants as all others are shown."""
    if isinstance(value, datetime):
        return shown_instant(value, info)
    if isinstance(value, dict):
        return {name: _shown(part, info) for name, part in value.items()}
    return [_shown(part, info) for part in value] if isinstance(value, list) else value


RoomData = Annotated[Any, PlainSerializer(_shown, when_used="json"), WithJsonSchema({})]


class OwnData(Shape):
    """Everything that is kept about the caller, room by room, in plain words and numbers."""

    made_at: Instant
    rooms: dict[str, RoomData] = Field(description="by room: people, membership, messaging, card …")
