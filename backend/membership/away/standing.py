"""Finding a stay, and in which parts a caller stands before it. Whose business it is not, for him it is not there."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import peewee as pw

from backend.card.reviews.models import StudyReview
from backend.core.clock import local_day
from backend.core.errors import NotFound
from backend.membership.away.models import MemberFlow
from backend.membership.away.workflow import FlowState, Part
from backend.people.models import Member, Organization
from backend.people.permissions import Caller, Right

_Host = Organization.alias()
_Contact = Member.alias()
_HostContact = Member.alias()


@dataclass(frozen=True)
class Scene:
    """A stay in front of somebody on a local day: what plans and guards look at."""

    flow: Any
    caller: Caller
    parts: frozenset[Part]
    timezone: ZoneInfo
    now: datetime

    @property
    def today(self) -> date:
        """The local day."""
        return local_day(self.now, self.timezone)

    @property
    def state(self) -> FlowState:
        """Where the stay stands."""
        return FlowState(self.flow.state)


def all_flows() -> "pw.ModelSelect[Any]":
    """Stays with everybody and everything that they name."""
    return (
        MemberFlow.select(MemberFlow, Member, Organization, _Host, _Contact, _HostContact, StudyReview)
        .join_from(MemberFlow, Member, on=(MemberFlow.member == Member.id), attr="member")
        .join_from(MemberFlow, Organization, on=(MemberFlow.home == Organization.id), attr="home")
        .join_from(MemberFlow, _Host, pw.JOIN.LEFT_OUTER, on=(MemberFlow.host == _Host.id), attr="host")
        .join_from(MemberFlow, _Contact, pw.JOIN.LEFT_OUTER, on=(MemberFlow.contact == _Contact.id), attr="contact")
        .join_from(
            MemberFlow,
            _HostContact,
            pw.JOIN.LEFT_OUTER,
            on=(MemberFlow.host_contact == _HostContact.id),
            attr="host_contact",
        )
        .join_from(MemberFlow, StudyReview, pw.JOIN.LEFT_OUTER, on=(MemberFlow.review == StudyReview.id), attr="review")
    )


def find_scene(caller: Caller, public_id: str, *, timezone: ZoneInfo, now: datetime) -> Scene:
    """A stay before this caller; NotFound for whoever it is no business of."""
    flow = all_flows().where(MemberFlow.public_id == public_id).first()
    if flow is None or not may_see(caller, flow):
        raise NotFound()
    return Scene(flow, caller, parts_of(caller, flow), timezone, now)


def parts_of(caller: Caller, flow: Any) -> frozenset[Part]:
    """In which parts the caller may act."""
    parts = set()
    if caller.member_id is not None:
        if caller.member_id == flow.member_id:
            parts.add(Part.MEMBER)
        if caller.member_id == flow.contact_id:
            parts.add(Part.CONTACT)
    if caller.may(Right.KEEP_FLOATING, flow.home.path):
        parts.add(Part.HOME)
    if flow.host_id is not None and caller.may(Right.KEEP_FLOATING, flow.host.path):
        parts.add(Part.HOST)
    return frozenset(parts)


def may_see(caller: Caller, flow: Any) -> bool:
    """Whoever has a part in it, and whoever stands above either branch."""
    if parts_of(caller, flow):
        return True
    above_home = caller.may(Right.SEE_FLOATING, flow.home.path)
    return above_home or (flow.host_id is not None and caller.may(Right.SEE_FLOATING, flow.host.path))
