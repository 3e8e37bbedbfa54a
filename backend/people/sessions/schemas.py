"""What is told of one's own tokens and hats over HTTP."""

from pydantic import Field

from backend.core.http import Body, Instant, Shape
from backend.core.wording import Line


class SessionShape(Shape):
    """One token of one's own; the token itself is never shown again."""

    id: str
    channel: str
    device: str | None
    created_at: Instant
    last_seen_at: Instant | None
    expires_at: Instant
    current: bool


class ActAs(Body):
    """The hat to wear with this token; `all` takes them all again."""

    hat: Line = Field(alias="as", min_length=1, max_length=60)
