"""What posts take and give over HTTP."""

from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator

from backend.core.http import Body, Shape
from backend.core.pages import PageQuery
from backend.core.wording import Line, Prose
from backend.people.models import Role
from backend.people.schemas import OrganizationBrief


class Appoint(Body):
    """Whom to give which post; either the account or the member is named."""

    role: Role
    account: Line | None = Field(None, max_length=20, description="public id of the account")
    member: Line | None = Field(None, max_length=20, description="public id of a member on the roster")
    starts_on: date | None = Field(None, description="first day in office; today if not given")
    ends_on: date | None = Field(None, description="last day in office; open if not given")
    note: Prose | None = Field(None, max_length=200, description="on what ground; kept in the audit log")

    @model_validator(mode="after")
    def _one_person(self) -> Self:
        if (self.account is None) == (self.member is None):
            raise ValueError("请指明账号或党员，二者选一")
        return self


class EndPost(Body):
    """When and why a post ends."""

    last_day: date | None = Field(None, description="last day in office; not given: it ends at once")
    note: Prose | None = Field(None, max_length=200, description="on what ground; kept in the audit log")


class PostQuery(PageQuery):
    """Which posts of an organisation to list."""

    when: Literal["now", "ended", "all"] = Field("now", description="now: in force or still to begin")
    role: Role | None = None


class Holder(Shape):
    """Who holds a post."""

    account: str
    name: str
    member: str | None = Field(description="public id, when the holder is a Party member")


class PostEntry(Shape):
    """A post with its term."""

    id: str
    role: Role
    role_label: str
    organization: OrganizationBrief
    holder: Holder
    starts_on: date
    ends_on: date | None = Field(description="the last day in office")
    state: Literal["upcoming", "in_force", "ended"]
    suggested_ends_on: date | None = Field(description="the end of a regular term, where none is set")
    may_end: bool = Field(description="whether the caller may end it")
