"""What one gets of one's own data."""

from datetime import datetime
from typing import Any

from pydantic import Field

from backend.core.http import Shape


class OwnData(Shape):
    """Everything that is kept about the caller, room by room, in plain words and numbers."""

    made_at: datetime
    rooms: dict[str, Any] = Field(description="by room: people, membership, messaging, card …")
