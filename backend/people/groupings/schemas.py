"""What cells and tags take and give over HTTP."""

from typing import Annotated

from pydantic import Field, StringConstraints

from backend.core.http import Body, Shape
from backend.core.wording import Line
from backend.people.groupings.models import TAG_LENGTH
from backend.people.schemas import OrganizationBrief

MOST_IN_A_CELL = 200
MOST_TAGS = 10
PublicId = Annotated[str, StringConstraints(pattern=r"^[a-z2-7]{16}$")]


class CellMembers(Body):
    """All members of a cell, by public id."""

    members: list[PublicId] = Field(max_length=MOST_IN_A_CELL)


class CellShape(Shape):
    """A cell and who is in it."""

    cell: OrganizationBrief
    members: list[str]


class TagMember(Body):
    """All tags that a branch gives a member."""

    tags: list[Annotated[Line, Field(min_length=1, max_length=TAG_LENGTH)]] = Field(max_length=MOST_TAGS)


class TaggedShape(Shape):
    """A member and the branch's tags."""

    member: str
    tags: list[str]


class TagShape(Shape):
    """A tag of a branch and how many members have it."""

    tag: str
    members: int
