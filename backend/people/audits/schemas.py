"""What the audit log takes and gives over HTTP."""

import datetime as dt

from pydantic import Field

from backend.core.http import Instant, Shape
from backend.core.pages import PageQuery
from backend.people.schemas import OrganizationBrief


class AuditQuery(PageQuery):
    """Which entries to list; without a person it is those of one local day."""

    action: str | None = Field(None, max_length=40, description="as in the entries: order.contact_opened …")
    actor: str | None = Field(None, max_length=20, description="account that acted")
    about: str | None = Field(None, max_length=20, description="account whose data it was")
    day: dt.date | None = Field(None, description="local day; today when neither person nor day is given")


class AuditShape(Shape):
    """One entry as auditors read it."""

    at: Instant
    action: str
    label: str
    subject: str
    purpose: str
    actor: str | None = Field(description="account that acted; null: a command or the bot")
    actor_name: str | None
    about: str | None = Field(description="account whose data it was, if it was one")
    organization: OrganizationBrief


class OwnAuditShape(Shape):
    """One look at, or change of, my data."""

    at: Instant
    label: str
    subject: str
    purpose: str
    by_me: bool
    actor_name: str | None = Field(description="who; null: the system")
    organization: OrganizationBrief | None


class RuleChange(Shape):
    """One change of a rule: when, which, where, what of it, and who made it."""

    at: Instant
    label: str
    place: str
    words: str
    actor_name: str | None = Field(description="who; null: the system")
