"""Which queue, and which part of the board, a client wants to read."""

from pydantic import Field

from backend.core.pages import PageQuery
from backend.service.models import Priority
from backend.service.orders.schemas import Box


class BoxQuery(PageQuery):
    """Which queue to read, and which of its orders."""

    box: Box = Field(Box.MINE, description="the queue")
    organization: str | None = Field(None, min_length=1, max_length=40, description="code: only this organisation")
    kind: str | None = Field(None, min_length=1, max_length=40, description="code: only this kind of service")
    priority: Priority | None = Field(None, description="only this priority")
    overdue: bool = Field(False, description="only what is late")
    grid: str | None = Field(None, pattern=r"^[a-z2-7]{1,20}$", description="only what lies in this grid")


class BoardQuery(PageQuery):
    """Which wishes to read."""

    organization: str | None = Field(None, min_length=1, max_length=40, description="code: only its wishes")
