"""What the claims take and give over HTTP."""

from pydantic import Field

from backend.core.http import Body, Instant, Shape
from backend.core.pages import PageQuery
from backend.core.wording import Line, Prose
from backend.membership.claims.models import ClaimState
from backend.people.schemas import OrganizationBrief


class SubmitClaim(Body):
    """Who one is; the phone is the one that the platform has verified."""

    name: Line = Field(min_length=2, max_length=40)
    branch: Line = Field(min_length=1, max_length=40, description="code of the organisation")
    id_tail: str = Field(
        pattern=r"^[0-9]{3,5}[0-9Xx]$", description="the last 4 to 6 characters of the identity number"
    )
    consent: bool = Field(False, description="agrees to the use of these data, when `no_consent` was the answer")


class DecideClaim(Body):
    """The decision; `member` is needed where the name fits nobody or several."""

    member: Line | None = Field(None, max_length=20, description="whom to bind, when approving")
    note: Prose | None = Field(None, max_length=200, description="the asker reads it")


class ClaimQuery(PageQuery):
    """Which claims of an organisation to list."""

    state: ClaimState | None = None


class OwnClaim(Shape):
    """A claim as its asker sees it: it never says whether the roster knows him."""

    id: str
    name: str
    branch: OrganizationBrief
    state: ClaimState
    state_label: str
    submitted_at: Instant
    decided_at: Instant | None
    note: str | None


class ClaimCandidate(Shape):
    """A member of the branch of that name, and what of the claim fits; null where the roster does not say."""

    public_id: str
    name: str
    id_tail_matches: bool | None
    phone_matches: bool | None
    claimed: bool


class BranchClaim(Shape):
    """A claim as those see it who decide."""

    id: str
    name: str
    phone: str = Field(description="masked")
    state: ClaimState
    state_label: str
    submitted_at: Instant
    decided_at: Instant | None
    note: str | None
    matches: bool = Field(description="whether exactly one unbound member fits in name, tail and phone")
    candidates: list[ClaimCandidate]
