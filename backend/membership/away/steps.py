"""Every step that people take, with its body and its plan: routes, forms and tests are read off this table."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from backend.card.reviews import service as reviews
from backend.card.reviews.schemas import AppraiseReview
from backend.core.clock import same_day
from backend.core.errors import Conflict, invalid_field
from backend.core.http import Body
from backend.membership.away import schemas
from backend.membership.away.engine import Plan
from backend.membership.away.models import FlowWatch
from backend.membership.away.rules import TRANSFER_AFTER, contact_every, watch_at
from backend.membership.away.standing import Scene
from backend.membership.away.telling import tell
from backend.membership.away.workflow import FlowState, FlowStep
from backend.people.access import find_organization, refuse_closed
from backend.people.directory import current_memberships
from backend.people.memberships import close_membership, open_membership
from backend.people.models import Member, Membership, MembershipKind, Organization, OrganizationKind
from backend.people.places.codes import find_place


@dataclass(frozen=True)
class Step:
    """A step, what it takes and what it does."""

    step: FlowStep
    body: type[Body]
    plan: Callable[[Scene, Any], Plan]


def host_of(body: schemas.ReportIn, home_id: int) -> Organization:
    """The organisation behind a place code or a code; 422 for one's own branch and for a cell."""
    place = body.place_code is not None
    host: Organization = find_place(body.place_code or "").organization if place else find_organization(body.host or "")
    field = "place_code" if place else "host"
    refuse_closed(host)
    if host.id == home_id:
        raise invalid_field(field, "own_branch", "这是您自己的支部，不用报到")
    if host.kind == OrganizationKind.CELL:
        raise invalid_field(field, "no_host", "请向党支部或上级党组织报到，党小组不能接收")
    return host


def plan_register(scene: Scene, body: schemas.RegisterFlow) -> Plan:
    """Home takes note: from now on somebody named keeps in touch, and silence is noticed."""
    flow = scene.flow
    left_on = body.left_on or flow.leaves_on
    if body.left_on is not None and body.left_on > scene.today:
        raise invalid_field("left_on", "in_the_future", "实际外出日期不能晚于今天")
    contact = _contact_at_home(flow, body.contact)
    fixed = flow.place_fixed if body.place_fixed is None else body.place_fixed
    due = same_day(scene.today, months=contact_every(abroad=flow.abroad).value)
    return Plan(
        {
            "contact": contact.id,
            "leaves_on": left_on,
            "place_fixed": fixed,
            "contact_due_on": due,
            "remind_on": due,
            "next_watch_on": same_day(scene.today, months=watch_at(abroad=flow.abroad).value[0]),
            "advise_on": advice_day(left_on, abroad=flow.abroad, fixed=fixed),
        }
    )


def advice_day(left_on: date, *, abroad: bool, fixed: bool) -> date | None:
    """When a transfer is to be advised (clause 25); None while the place is not fixed, and abroad."""
    return same_day(left_on, months=TRANSFER_AFTER.value) if fixed and not abroad else None


def _contact_at_home(flow: Any, public_id: str) -> Member:
    member: Member | None = Member.get_or_none(Member.public_id == public_id, Member.organization == flow.home_id)
    if member is None or member.id == flow.member_id:
        raise invalid_field("contact", "no_such_member", "联系人应是本支部的另一名党员")
    if member.account_id is None:
        raise invalid_field("contact", "no_account", "这位党员还没有认领账号，收不到联系提醒，请换一位联系人")
    return member


def plan_report_in(scene: Scene, body: schemas.ReportIn) -> Plan:
    """To a host, for the first time or another one; life with the host before ends today."""
    flow = scene.flow
    host = host_of(body, flow.home_id)
    if scene.state is FlowState.HOSTED and flow.host_id == host.id:
        raise Conflict("already_hosted", "您已经纳入这个党组织，不用再报到")
    changes = dict.fromkeys(("refusal", "hosted_on", "host_group", "host_contact"))
    return Plan({**changes, "host": host.id}, also=partial(leave_host, flow, scene.today, scene.now))


def leave_host(flow: Any, last_day: date, now: datetime) -> dict[str, Any]:
    """Life with the host ends with this day, and the host is told; nothing where he was not taken in."""
    if flow.hosted_on is not None:
        close_membership(flow.member_id, flow.host_id, MembershipKind.HOST, until=last_day)
        tell("floating.left", flow, flow.host_id, now=now)
    return {}


def plan_host(scene: Scene, body: schemas.HostMember) -> Plan:
    """The host takes part in daily management: from today the member is on its rolls, without a vote."""
    flow = scene.flow
    contact = _contact_at_host(flow.host_id, body.contact, scene.today) if body.contact else None

    def join() -> dict[str, Any]:
        open_membership(flow.member_id, flow.host_id, MembershipKind.HOST, since=scene.today)
        return {}

    named = {"host_group": body.group, "host_contact": contact, "hosted_on": scene.today}
    return Plan(named, note=f"编入{body.group}", also=join)


def _contact_at_host(host_id: int, public_id: str, today: date) -> int:
    row = current_memberships(host_id, today).where(
        Member.public_id == public_id, Membership.kind == MembershipKind.HOME
    )
    found = row.first()
    if found is None:
        raise invalid_field("contact", "no_such_member", "联系人应是本支部的党员")
    return int(found.member_id)


def plan_name_contact(scene: Scene, body: schemas.NameContact) -> Plan:
    """Somebody else keeps in touch from now on, and has what is open."""
    contact = _contact_at_home(scene.flow, body.contact)

    def hand_over() -> dict[str, Any]:
        still = (FlowWatch.flow == scene.flow.id) & FlowWatch.settled_at.is_null()
        FlowWatch.update(assignee=contact.id).where(still).execute()
        return {}

    return Plan({"contact": contact.id}, also=hand_over)


def plan_refuse(scene: Scene, body: schemas.RefuseMember) -> Plan:
    """Not without a reason, which home, the member and the organisation above the host read."""
    return Plan({"refusal": body.reason}, note=body.reason)


def plan_advise(scene: Scene, body: schemas.AdviseTransfer) -> Plan:
    """Home says that the place is fixed; 409 before six months are over (clause 25)."""
    hindrance = advice_hindrance(scene)
    if hindrance is not None:
        raise hindrance
    return advice(scene.today, body.note)


def advice_hindrance(scene: Scene) -> Conflict | None:
    """What speaks against advising a transfer today."""
    if scene.flow.abroad:
        return Conflict("stays_abroad", "出国（境）的党员，组织关系按有关规定办理，不在这里转接")
    if scene.today < same_day(scene.flow.leaves_on, months=TRANSFER_AFTER.value):
        text = f"外出满 {TRANSFER_AFTER.value} 个月且地点固定的才建议转接。{TRANSFER_AFTER.source}"
        return Conflict("too_early", text)
    return None


def advice(today: date, note: str | None = None) -> Plan:
    """The transfer is advised from this day on; it is given once."""
    return Plan({"place_fixed": True, "transfer_advised_on": today, "advise_on": None}, note=note)


def plan_return(scene: Scene, body: schemas.PlanReturn) -> Plan:
    """He will be back; life with the host goes on until the stay is ended."""
    return Plan({"expected_back_on": body.back_on} if body.back_on else {}, note=body.note)


def plan_appraise(scene: Scene, body: schemas.AppraiseStay) -> Plan:
    """Home's word for the card of the stay, which becomes a study review that the member acknowledges."""
    flow = scene.flow
    said = AppraiseReview(grade=body.grade, text=body.text)
    stay = reviews.Stay(
        flow.member_id, flow.home_id, min(flow.leaves_on, scene.today), scene.today, f"外出：{flow.destination}"
    )

    def appraise() -> dict[str, Any]:
        return {"review": reviews.appraise_stay(scene.caller, stay, said, timezone=scene.timezone, now=scene.now)}

    return Plan(also=appraise)


def plan_end(scene: Scene, body: schemas.EndFlow) -> Plan:
    """The stay is over; life with the host ends today."""
    return Plan(note=body.note, also=partial(leave_host, scene.flow, scene.today, scene.now))


def plan_withdraw(scene: Scene, body: schemas.WithdrawFlow) -> Plan:
    """It did not come to it."""
    return Plan(note=body.reason)


STEPS = {
    step.step: step
    for step in (
        Step(FlowStep.REGISTER, schemas.RegisterFlow, plan_register),
        Step(FlowStep.REPORT_IN, schemas.ReportIn, plan_report_in),
        Step(FlowStep.NAME_CONTACT, schemas.NameContact, plan_name_contact),
        Step(FlowStep.HOST, schemas.HostMember, plan_host),
        Step(FlowStep.REFUSE, schemas.RefuseMember, plan_refuse),
        Step(FlowStep.ADVISE_TRANSFER, schemas.AdviseTransfer, plan_advise),
        Step(FlowStep.PLAN_RETURN, schemas.PlanReturn, plan_return),
        Step(FlowStep.APPRAISE, schemas.AppraiseStay, plan_appraise),
        Step(FlowStep.END, schemas.EndFlow, plan_end),
        Step(FlowStep.WITHDRAW, schemas.WithdrawFlow, plan_withdraw),
    )
}
