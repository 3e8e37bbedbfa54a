"""What moderators send about a text or a picture of an order."""

from typing import Annotated

from pydantic import Field

from backend.core.http import Body
from backend.core.wording import Line
from backend.service.orders.schemas import Note


class ModerationNote(Body):
    """Why a moderator decides so; the requester reads it."""

    note: Note | None = None


class WithholdPicture(Body):
    """Why nobody else may see a picture; its uploader reads it."""

    reason: Annotated[Line, Field(min_length=2, max_length=200)]


class ShowPicture(Body):
    """Why it may be seen again."""

    note: Annotated[Line, Field(min_length=2, max_length=200)] | None = None
