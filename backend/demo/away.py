"""A member of the demo branch who lives far away, handed over step by step as people would do it."""

from datetime import datetime, timedelta
from typing import Any

from backend.core.clock import local_day
from backend.core.settings import Settings
from backend.demo.branch import acting
from backend.membership.away import service
from backend.membership.away.schemas import HostMember, PlanFlow, RegisterFlow, ReportIn
from backend.membership.away.steps import STEPS
from backend.membership.away.workflow import FlowStep
from backend.people.models import Member
from backend.people.places.schemas import OpenPlace
from backend.people.places.service import open_place

HOST = "NS-01"
AWAY_SINCE = timedelta(days=30)


def load_away(settings: Settings, *, now: datetime) -> None:
    """One service centre of the host, and a stay that the host has taken in."""
    member, home, host = (
        acting(user, settings, now=now) for user in ("member-qian", "secretary-sun", "host-secretary-zhou")
    )
    centre = open_place(
        host, HOST, OpenPlace(name="南山科技园党群服务中心", address="深圳市南山区科技园科苑路 15 号"), now=now
    )
    stay = PlanFlow(
        reason="在深圳工作",
        destination="深圳市南山区",
        place_fixed=True,
        leaves_on=local_day(now, settings.timezone) - AWAY_SINCE,
    )
    moment: Any = {"timezone": settings.timezone, "now": now}
    flow = service.plan_flow(member, stay, **moment).id
    contact = Member.get(Member.account == acting("member-feng", settings, now=now).account_id).public_id
    for caller, step, body in (
        (home, FlowStep.REGISTER, RegisterFlow(contact=contact)),
        (member, FlowStep.REPORT_IN, ReportIn(place_code=centre.code)),
        (host, FlowStep.HOST, HostMember(group="科技园党小组")),
    ):
        service.take_step(STEPS[step], caller, flow, body, **moment)
