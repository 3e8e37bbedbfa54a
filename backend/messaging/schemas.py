"""What the messaging room takes and gives over HTTP."""

from datetime import datetime

from pydantic import Field

from backend.core.http import Body, Shape
from backend.core.pages import PageQuery


class InboxItem(Shape):
    """One message in the inbox."""

    id: str
    title: str
    body: str
    page: str | None
    created_at: datetime
    read_at: datetime | None


class InboxQuery(PageQuery):
    """Which messages to list."""

    unread: bool = False


class PromptAnswer(Body):
    """What the client showed and what the person answered: a record only, grants come from the platform."""

    template: str = Field(max_length=64)
    result: str = Field(pattern="^(accept|reject|ban|filter)$")


class ShownPrompts(Body):
    """One subscription prompt, which asks about up to five templates."""

    prompts: list[PromptAnswer] = Field(min_length=1, max_length=5)


class GrantShape(Shape):
    """How many messages of one kind may still be sent."""

    purpose: str
    template: str
    title: str
    credits: int
    long_term: bool


class ForwardShape(Shape):
    """A post made ready for an ordinary WeChat group."""

    id: str
    group: str
    text: str
    page: str | None
    created_at: datetime
    done_at: datetime | None


class ForwardQuery(PageQuery):
    """Which posts to list."""

    done: bool = False


class GroupChatShape(Shape):
    """A group of an organisation; the robot's key is never shown."""

    id: str
    name: str
    channel: str
    disabled: bool
    disabled_reason: str | None
