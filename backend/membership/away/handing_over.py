"""Stays of members away when one of their organisations is closed or merged."""

from datetime import datetime

from backend.membership.away.models import MemberFlow
from backend.people.tree.obstacles import Obstacle


def stays_here(organization_id: int, *, now: datetime) -> Obstacle | None:
    """Members of other organisations who are away from home here."""
    hosted = (MemberFlow.host == organization_id) & (MemberFlow.in_force == 1)
    count = MemberFlow.select().where(hosted).count()
    return Obstacle("stays", count, f"还有 {count} 名流动党员在这里报到，请先办理返回或转接") if count else None


def hand_over_stays(source: int, target: int) -> None:
    """Stays in force go over with the home or the host that is merged, in the caller's unit of work."""
    for side in (MemberFlow.home, MemberFlow.host):
        MemberFlow.update({side: target}).where(side == source, MemberFlow.in_force == 1).execute()
