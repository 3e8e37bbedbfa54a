"""Who hears of a step: the other side, always; the member, when he did not take it himself."""

from datetime import datetime
from typing import Any

from backend.core.crypto import mask_name
from backend.membership.away.models import MemberFlow
from backend.membership.away.rules import TRANSFER_AFTER
from backend.membership.away.workflow import FlowState, FlowStep
from backend.messaging import outbox
from backend.people.models import Member, Organization

HOME, HOST = "home", "host"

# after which step, in which new state, which topic goes to which side
_TOLD: dict[tuple[FlowStep, FlowState], tuple[tuple[str, str], ...]] = {
    (FlowStep.PLAN, FlowState.PLANNED): (("floating.planned", HOME),),
    (FlowStep.REGISTER, FlowState.OUT): (("floating.registered", HOME),),
    (FlowStep.REGISTER, FlowState.REPORTED_IN): (("floating.registered", HOME), ("floating.reported_in", HOST)),
    (FlowStep.REPORT_IN, FlowState.ARRIVED): (("floating.arrived", HOME),),
    (FlowStep.REPORT_IN, FlowState.REPORTED_IN): (("floating.reported_in", HOST),),
    (FlowStep.HOST, FlowState.HOSTED): (("floating.hosted", HOME),),
    (FlowStep.REFUSE, FlowState.HOST_REFUSED): (("floating.refused", HOME), ("floating.refusal_seen", HOST)),
    (FlowStep.PLAN_RETURN, FlowState.RETURNING): (("floating.returning", HOME), ("floating.leaving", HOST)),
    (FlowStep.APPRAISE, FlowState.APPRAISED): (("floating.appraised", HOME),),
    (FlowStep.END, FlowState.ENDED): (("floating.ended", HOME),),
}


def tell_step(flow: MemberFlow, step: FlowStep, *, now: datetime) -> None:
    """Write the events of a step that was just taken; `flow` is as the step left it."""
    state = FlowState(flow.state)
    told = _TOLD.get((step, state), ())
    if step is FlowStep.NAME_CONTACT:
        told = (("floating.contact_named", HOME),)
    if step is FlowStep.ADVISE_TRANSFER:
        told = (("floating.transfer_advised", HOME),)
    for topic, side in told:
        if topic != "floating.leaving" or flow.hosted_on is not None:
            tell(topic, flow, flow.home_id if side == HOME else flow.host_id, now=now)


def tell(
    topic: str, flow: MemberFlow, organization_id: int | None, *, now: datetime, occasion: str = "", **more: Any
) -> None:
    """One event about a stay, to an organisation and to the people whom the rules name.

    Once per version of the stay or, where no step was taken, per `occasion`.
    """
    member = Member.get_by_id(flow.member_id)
    contact = Member.get_by_id(flow.contact_id) if flow.contact_id else None
    host = Organization.get_by_id(flow.host_id) if flow.host_id else None
    facts = {
        "id": flow.public_id,
        "member": mask_name(member.name),
        "home": Organization.get_by_id(flow.home_id).name,
        "host": host.name if host else None,
        "reason": flow.refusal,
        "contact": mask_name(contact.name) if contact else None,
        "clause": TRANSFER_AFTER.source if topic == "floating.transfer_advised" else None,
        **more,
    }
    outbox.enqueue(
        topic,
        facts,
        key=f"{topic}:{flow.public_id}:{occasion or flow.version}",
        organization_id=organization_id,
        people={"member": [member.account_id], "contact": [contact.account_id if contact else None]},
        now=now,
    )
