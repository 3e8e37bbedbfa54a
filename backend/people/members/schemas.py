"""What single members take and give over HTTP."""

from datetime import date
from typing import Self

from pydantic import Field, model_validator

from backend.core.http import Body, Shape
from backend.core.wording import Line
from backend.people.models import MemberStatus
from backend.people.schemas import OrganizationBrief


class AddMember(Body):
    """A new member of the branch; numbers are checked and kept as in a roster file."""

    name: Line = Field(min_length=1, max_length=40)
    status: MemberStatus
    joined_on: date | None = None
    phone: Line | None = Field(None, max_length=20)
    identity_number: Line | None = Field(None, max_length=20)


class ChangeMember(Body):
    """What is to be corrected; what is left out or null stays as it is."""

    name: Line | None = Field(None, min_length=1, max_length=40)
    status: MemberStatus | None = None
    joined_on: date | None = None
    phone: Line | None = Field(None, max_length=20)
    identity_number: Line | None = Field(None, max_length=20)

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_dump(exclude_none=True):
            raise ValueError("请填写要修改的内容")
        return self


class MemberShape(Shape):
    """A member on the roster, as those who keep it see him; numbers are masked."""

    public_id: str
    name: str
    status: MemberStatus
    branch: OrganizationBrief
    joined_on: date | None
    phone: str | None = Field(description="masked")
    identity_number: str | None = Field(description="masked")
    claimed: bool = Field(description="whether an account is bound to this member")
