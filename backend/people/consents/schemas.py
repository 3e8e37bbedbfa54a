"""What the consents take and give over HTTP."""

from pydantic import Field

from backend.core.http import Body, Instant, Shape
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
    at: Instant | None


class ConsentState(ConsentShape):
    """The word in force, and the wording that is to be shown when it is asked for today."""

    text: str
    text_version: str = Field(description="send it as `version`")


class OwnConsents(Shape):
    """One's consents: what is in force, purpose by purpose, and the newest entries of the ledger."""

    current: list[ConsentState]
    history: list[ConsentShape]
