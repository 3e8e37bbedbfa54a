"""What report-ins take and give over HTTP."""

from pydantic import Field

from backend.core.http import Body, Instant, Shape
from backend.core.pages import PageQuery
from backend.core.wording import Line, Prose
from backend.membership.away.schemas import ReportIn
from backend.people.schemas import OrganizationBrief
from backend.service.report_ins.models import ReportInKind, ReportInState
from backend.service.teams.schemas import KeepProfile, SkillShape, WindowShape


class ReportToCommunity(ReportIn):
    """To which community, in which way, and what one offers; `profile` is kept as one's handler profile."""

    kind: ReportInKind
    post: Line | None = Field(None, max_length=40, description="the vanguard post (先锋岗) that one claims")
    note: Prose | None = Field(None, max_length=200)
    profile: KeepProfile | None = Field(None, description="skills and free hours; left out: as they stand")


class RefuseReportIn(Body):
    """Why the community does not confirm."""

    reason: Prose = Field(min_length=1, max_length=200)


class ReportInQuery(PageQuery):
    """Which report-ins of a community to list."""

    state: ReportInState | None = None


class ReportInShape(Shape):
    """A report-in as the member and the community branch see it."""

    id: str
    kind: ReportInKind
    kind_label: str
    state: ReportInState
    state_label: str
    member: str
    member_name: str
    home: OrganizationBrief
    organization: OrganizationBrief
    post: str | None
    note: str | None
    skills: list[SkillShape]
    free_hours: list[WindowShape] = Field(description="empty: at any time")
    refusal: str | None
    reported_at: Instant
    decided_at: Instant | None
    left_at: Instant | None
    actions: list[str] = Field(description="what the caller may do now: confirm, refuse, leave")
