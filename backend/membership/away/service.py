"""Planning a stay away from home, and taking its steps."""

from datetime import datetime
from zoneinfo import ZoneInfo

import peewee as pw

from backend.core.crypto import new_public_id
from backend.core.database import in_unit_of_work, insert_row
from backend.core.errors import Conflict, NotFound
from backend.core.http import Body
from backend.membership.away.engine import Hand, advance, allowed, log_step
from backend.membership.away.models import MemberFlow
from backend.membership.away.reading import flow_shape
from backend.membership.away.schemas import PlanFlow
from backend.membership.away.shapes import FlowShape
from backend.membership.away.standing import find_scene
from backend.membership.away.steps import Step, host_of
from backend.membership.away.telling import tell_step
from backend.membership.away.workflow import FlowState, FlowStep, Part
from backend.people.models import Member, Organization
from backend.people.permissions import Caller, Right


def read_flow(caller: Caller, public_id: str, *, timezone: ZoneInfo, now: datetime) -> FlowShape:
    """One stay, with what the caller may do now."""
    return flow_shape(find_scene(caller, public_id, timezone=timezone, now=now))


def plan_flow(caller: Caller, body: PlanFlow, *, timezone: ZoneInfo, now: datetime) -> FlowShape:
    """Put a stay down: one's own, or a member's by his branch; with `report_in` he has arrived unplanned.

    404 for a member of another branch, 409 while an earlier stay is still open.
    """
    member, part = _who_leaves(caller, body)
    host = host_of(body.report_in, member.organization_id) if body.report_in else None
    step, state = (FlowStep.REPORT_IN, FlowState.ARRIVED) if host else (FlowStep.PLAN, FlowState.PLANNED)
    public_id = new_public_id()

    def work() -> None:
        columns = body.model_dump(exclude={"member", "report_in"})
        flow_id = insert_row(
            MemberFlow,
            **columns,
            public_id=public_id,
            member=member.id,
            home=member.organization_id,
            host=host.id if host else None,
            state=state,
            version=1,
            in_force=1,
            created_at=now,
        )
        log_step(flow_id, step, state, Hand(part, caller.account_id), None, now=now)
        tell_step(MemberFlow.get_by_id(flow_id), step, now=now)

    try:
        in_unit_of_work(work)
    except pw.IntegrityError:
        raise Conflict("already_away", "这名党员已有一条未办结的流动记录，请在原记录上办理") from None
    return read_flow(caller, public_id, timezone=timezone, now=now)


def _who_leaves(caller: Caller, body: PlanFlow) -> tuple[Member, Part]:
    if body.member is None:
        if caller.member_id is None:
            raise NotFound("no_member", "您还没有认领党员身份，请先认领")
        return Member.get_by_id(caller.member_id), Part.MEMBER
    found = Member.select(Member, Organization).join(Organization).where(Member.public_id == body.member).first()
    if found is None or not caller.may(Right.KEEP_FLOATING, found.organization.path):
        raise NotFound("member_not_found", "本支部没有这位党员")
    return found, Part.HOME


def take_step(
    step: Step, caller: Caller, public_id: str, body: Body, *, timezone: ZoneInfo, now: datetime
) -> FlowShape:
    """One step by the table: 409 where it has no row, 403 for whoever is not the one to take it."""
    scene = find_scene(caller, public_id, timezone=timezone, now=now)
    row, hand = allowed(scene, step.step)
    plan = step.plan(scene, body)
    in_unit_of_work(lambda: advance(scene.flow, row, hand, plan, now=now))
    return read_flow(caller, public_id, timezone=timezone, now=now)
