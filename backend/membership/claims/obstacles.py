"""Whether claims of membership keep an organisation from being closed."""

from datetime import datetime

from backend.membership.claims.models import ClaimState, MembershipClaim
from backend.people.tree.obstacles import Obstacle


def waiting_claims(organization_id: int, *, now: datetime) -> Obstacle | None:
    """Claims that nobody has decided."""
    waiting = (MembershipClaim.organization == organization_id) & (MembershipClaim.state == ClaimState.SUBMITTED)
    count = MembershipClaim.select().where(waiting).count()
    return Obstacle("claims", count, f"还有 {count} 份党员认领申请没有审批，请先审批") if count else None
