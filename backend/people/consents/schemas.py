"""What the consents take and give over HTTP."""

from datetime import datetime

from pydantic import Field

from backend.core.http import Body, Shape
from backend.people.consents.models import ConsentPurpose


class GiveConsent(Body):
    """Yes or no to one purpose; `version` is that of the text which was shown."""

    purpose: ConsentPurpose
    version: str = Field(pattern=r"^[0-9A-Za-z.-]{1,20}$")
    given: bool


class ConsentShape(Shape):
    """The word in force for a purpose; without a version it was never asked for."""

    purpose: ConsentPurpose
    label: str
    given: bool
    version: str | None
    at: datetime | None


class OwnConsents(Shape):
    """One's consents: what is in force, purpose by purpose, and the newest entries of the ledger."""

    current: list[ConsentShape]
    history: list[ConsentShape]
