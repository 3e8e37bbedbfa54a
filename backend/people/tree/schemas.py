"""What changes of the tree take and give over HTTP."""

from typing import Annotated, Any

from pydantic import Field

from backend.core.http import Body, Instant, Shape
from backend.core.wording import HalfWidth, Line, Prose
from backend.people.models import Level, OrganizationKind, Sector
from backend.people.schemas import OrganizationShape
from backend.people.tree.models import ChangeKind

CODE = r"^[0-9A-Za-z]([0-9A-Za-z-]{0,38}[0-9A-Za-z])?$"
DIVISION = r"^[0-9]{6,12}$"
PHONE = r"^(1[3-9][0-9]{9}|0[0-9]{2,3}-?[0-9]{7,8})$"

Code = Annotated[str, Field(pattern=CODE)]
Name = Annotated[Line, Field(min_length=2, max_length=80)]
Reason = Annotated[Prose, Field(min_length=2, max_length=200)]


class OrganizationContact(Body):
    """Whom to call; kept sealed, shown masked."""

    name: Line = Field(min_length=1, max_length=40)
    phone: Annotated[str, HalfWidth] = Field(pattern=PHONE, description="mobile, or landline with its area code")


class OrganizationTraits(Body):
    """What an organisation is beside its name and kind."""

    level: Level | None = None
    sector: Sector | None = None
    division: str | None = Field(None, pattern=DIVISION, description="administrative division, 6 to 12 digits")
    units: int | None = Field(None, ge=1, le=999, description="units that a joint branch covers")
    contact: OrganizationContact | None = None


class FoundOrganization(OrganizationTraits):
    """A new organisation below another."""

    code: Code
    name: Name
    kind: OrganizationKind
    reason: Reason | None = None


class EditOrganization(OrganizationTraits):
    """What is to be otherwise; what is not named stays, null empties it."""

    name: Name | None = None
    kind: OrganizationKind | None = None
    reason: Reason


class MoveOrganization(Body):
    """Below which organisation from now on."""

    parent: Code
    reason: Reason


class MergeOrganization(Body):
    """Into which organisation."""

    into: Code
    reason: Reason


class CloseOrganization(Body):
    """Why it is closed."""

    reason: Reason


class RevealContact(Body):
    """What the number is needed for; it is logged."""

    purpose: Line = Field(min_length=2, max_length=100)


class ContactShape(Shape):
    """A contact in full."""

    name: str
    phone: str


class ChangeShape(Shape):
    """One change of an organisation: what was and what is, as far as they differ."""

    kind: ChangeKind
    kind_label: str
    before: dict[str, Any] | None = Field(serialization_alias="from")
    after: dict[str, Any] | None = Field(serialization_alias="to")
    by: str | None = Field(description="empty when a command did it")
    at: Instant
    reason: str | None


class AdviceShape(Shape):
    """Something that the regulations ask for; nothing is refused for it."""

    message: str
    source: str


class TreeAnswer(Shape):
    """An organisation after a change, and what the regulations would have said."""

    organization: OrganizationShape
    advice: list[AdviceShape]
