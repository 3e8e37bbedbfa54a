"""Stays as the member, both branches and those above them see them."""

from collections.abc import Sequence
from typing import Any

import peewee as pw

from backend.card.reviews.rules import Grade
from backend.core.crypto import mask_phone, opened
from backend.core.database import rows_of
from backend.core.pages import Page, PageQuery, cursor_number, page_by_id
from backend.membership.away.forms import form_of
from backend.membership.away.models import MemberFlow, MemberFlowStep
from backend.membership.away.rules import TRANSFER_AFTER, contact_every
from backend.membership.away.schemas import FlowQuery, LogContact, StartTransfer
from backend.membership.away.shapes import (
    ContactDuty,
    FlowActionShape,
    FlowBrief,
    FlowPerson,
    FlowShape,
    FlowStepShape,
)
from backend.membership.away.standing import Scene, all_flows
from backend.membership.away.steps import STEPS, advice_hindrance
from backend.membership.away.workflow import (
    AWAY,
    PART_LABELS,
    ROWS,
    STATE_LABELS,
    FlowState,
    FlowStep,
    Part,
    open_steps,
)
from backend.people.access import find_organization, in_subtree, require
from backend.people.directory import brief
from backend.people.models import Organization
from backend.people.permissions import Caller, Right

STEP_LABELS = {row.step: row.label for row in ROWS}
# steps that have a body but are taken elsewhere
_BODIES = {FlowStep.TRANSFER: StartTransfer} | {name: step.body for name, step in STEPS.items()}
LOG_CONTACT = "contacts"


def list_own(caller: Caller, query: PageQuery) -> Page[FlowBrief]:
    """One's own stays, the newest first; none for whoever is no member."""
    return _page(MemberFlow.member == (caller.member_id or 0), query)


def list_to_contact(caller: Caller, query: PageQuery) -> Page[FlowBrief]:
    """The stays that one keeps in touch with."""
    return _page((MemberFlow.contact == (caller.member_id or 0)) & (MemberFlow.in_force == 1), query)


def list_of_organization(caller: Caller, code: str, query: FlowQuery) -> Page[FlowBrief]:
    """The stays of an organisation's members, or those that it hosts; with `below` of all under it, too."""
    organization = find_organization(code)
    require(caller, Right.SEE_FLOATING, organization)
    side = MemberFlow.home if query.side == "home" else MemberFlow.host
    if query.below:
        under = Organization.select(Organization.id).where(in_subtree(Organization.path, organization.path))
        condition = side.in_(under)
    else:
        condition = side == organization.id
    if query.state is not None:
        condition &= MemberFlow.state == query.state
    return _page(condition, query)


def _page(condition: pw.Expression, query: PageQuery) -> Page[FlowBrief]:
    """The ids first, since sorting a province's stays with all that they name would take ten times as long."""
    before = cursor_number(query.cursor)
    if before is not None:
        condition &= MemberFlow.id < before
    wanted = MemberFlow.select(MemberFlow.id).where(condition).order_by(MemberFlow.id.desc()).limit(query.limit + 1)
    rows = all_flows().where(MemberFlow.id.in_([number for (number,) in rows_of(wanted)]))
    found, more = page_by_id(list(rows.order_by(MemberFlow.id.desc())), query.limit)
    return Page([FlowBrief(**_brief(row)) for row in found], more)


def flow_shape(scene: Scene) -> FlowShape:
    """A stay with what this caller may do now."""
    flow = scene.flow
    phone = opened(flow.phone)
    review = flow.review if flow.review_id else None
    return FlowShape(
        **_brief(flow),
        reason=flow.reason,
        place_fixed=flow.place_fixed,
        phone=mask_phone(phone) if phone else None,
        contact=_person(flow.contact) if flow.contact_id else None,
        host_contact=_person(flow.host_contact) if flow.host_contact_id else None,
        host_group=flow.host_group,
        hosted_on=flow.hosted_on,
        review=review.public_id if review else None,
        grade=Grade(review.grade) if review else None,
        appraisal=review.appraisal if review else None,
        contact_duty=_duty(scene),
        transfer_rule=TRANSFER_AFTER.source,
        actions=_actions(scene),
        log=[_logged(row) for row in _log(flow.id)],
        ended_at=flow.ended_at,
    )


def _brief(flow: Any) -> dict[str, Any]:
    state = FlowState(flow.state)
    return {
        "id": flow.public_id,
        "state": state,
        "state_label": STATE_LABELS[state],
        "member": _person(flow.member),
        "home": brief(flow.home),
        "host": brief(flow.host) if flow.host_id else None,
        "destination": flow.destination,
        "abroad": flow.abroad,
        "leaves_on": flow.leaves_on,
        "expected_back_on": flow.expected_back_on,
        "contact_due_on": flow.contact_due_on,
        "refusal": flow.refusal,
        "transfer_advised_on": flow.transfer_advised_on,
        "created_at": flow.created_at,
    }


def _person(member: Any) -> FlowPerson:
    return FlowPerson(id=member.public_id, name=member.name)


def _duty(scene: Scene) -> ContactDuty:
    due, rule = scene.flow.contact_due_on, contact_every(abroad=scene.flow.abroad)
    return ContactDuty(
        due_on=due, overdue=due is not None and due < scene.today, every_months=rule.value, source=rule.source
    )


def _actions(scene: Scene) -> list[FlowActionShape]:
    offered = [
        FlowActionShape(name=row.step, label=row.label, form=list(form_of(_BODIES[row.step])))
        for row in open_steps(scene.state, scene.parts)
        if row.step is not FlowStep.ADVISE_TRANSFER or advice_hindrance(scene) is None
    ]
    if scene.state in AWAY and scene.parts & {Part.HOME, Part.CONTACT}:
        offered.append(FlowActionShape(name=LOG_CONTACT, label="记录联系", form=list(form_of(LogContact))))
    return offered


def _log(flow_id: int) -> Sequence[Any]:
    return list(MemberFlowStep.select().where(MemberFlowStep.flow == flow_id).order_by(MemberFlowStep.id))


def _logged(row: Any) -> FlowStepShape:
    step = FlowStep(row.step)
    return FlowStepShape(
        step=step,
        label=STEP_LABELS[step],
        at=row.at,
        part=PART_LABELS[Part(row.part)],
        state=FlowState(row.state),
        note=row.note,
    )
