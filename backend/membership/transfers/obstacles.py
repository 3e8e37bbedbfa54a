"""Whether transfers of affiliation keep an organisation from being closed or merged."""

from datetime import datetime

from backend.membership.transfers.models import AffiliationTransfer
from backend.people.tree.obstacles import Obstacle


def open_transfers(organization_id: int, *, now: datetime) -> Obstacle | None:
    """Transfers from here or to here that nobody has decided."""
    here = (AffiliationTransfer.sender == organization_id) | (AffiliationTransfer.receiver == organization_id)
    count = AffiliationTransfer.select().where(here, AffiliationTransfer.in_force == 1).count()
    return Obstacle("transfers", count, f"还有 {count} 次组织关系转接没有办结，请先接收、退回或撤回") if count else None
