"""What the care for members away gives over HTTP."""

from datetime import date

from pydantic import Field

from backend.card.reviews.rules import Grade
from backend.core.forms import FormField
from backend.core.http import Instant, Shape
from backend.membership.away.schemas import ContactWay, Finding
from backend.membership.away.workflow import FlowState, FlowStep
from backend.people.schemas import OrganizationBrief


class FlowActionShape(Shape):
    """Something that the caller may do now."""

    name: str
    label: str
    form: list[FormField]


class FlowStepShape(Shape):
    """One step that was taken."""

    step: FlowStep
    label: str
    at: Instant
    part: str
    state: FlowState
    note: str | None


class FlowPerson(Shape):
    """A member in passing."""

    id: str
    name: str


class ContactDuty(Shape):
    """When home is to be in touch next, and where that comes from."""

    due_on: date | None
    overdue: bool
    every_months: int
    source: str


class FlowContactShape(Shape):
    """A contact that was made or tried; the note is for home alone."""

    id: str
    made_on: date
    way: ContactWay
    way_label: str
    reached: bool
    note: str | None
    made_by: str


class FlowBrief(Shape):
    """A stay in a list."""

    id: str
    state: FlowState
    state_label: str
    member: FlowPerson
    home: OrganizationBrief
    host: OrganizationBrief | None
    destination: str
    abroad: bool
    leaves_on: date
    expected_back_on: date | None
    contact_due_on: date | None
    refusal: str | None
    transfer_advised_on: date | None
    created_at: Instant


class FlowShape(FlowBrief):
    """A stay away from home as the member and both branches see it."""

    reason: str
    place_fixed: bool
    phone: str | None = Field(description="masked")
    contact: FlowPerson | None
    host_contact: FlowPerson | None
    host_group: str | None
    hosted_on: date | None
    review: str | None = Field(description="id of the study review that appraises the stay")
    grade: Grade | None
    appraisal: str | None
    contact_duty: ContactDuty
    transfer_rule: str
    actions: list[FlowActionShape]
    log: list[FlowStepShape]
    ended_at: Instant | None


class WatchShape(Shape):
    """Nothing was heard of a member: somebody is asked to look. `clause` is to be read, nothing follows by itself."""

    id: str
    flow: str
    member: FlowPerson
    home: OrganizationBrief
    silent_since: date
    months: int
    assignee: FlowPerson | None
    raised_at: Instant
    finding: Finding | None
    note: str | None
    settled_at: Instant | None
    clause: str
