"""Which queue, and which part of the board, a client wants to read."""

from pydantic import Field

from backend.core.pages import PageQuery
from backend.service.orders.schemas import Box


class BoxQuery(PageQuery):
    """Which queue to read."""

    box: Box = Field(Box.MINE, description="the queue")
    organization: str | None = Field(None, min_length=1, max_length=40, description="code: only this organisation")


class BoardQuery(PageQuery):
    """Which wishes to read."""

    organization: str | None = Field(None, min_length=1, max_length=40, description="code: only its wishes")
