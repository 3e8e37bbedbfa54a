"""What the membership room knows of a person."""

from typing import Any

from backend.core.crypto import opened
from backend.membership.claims.models import MembershipClaim
from backend.people.models import Organization


def export(account_id: int) -> dict[str, Any]:
    """The account's claims and what became of them."""
    rows = (
        MembershipClaim.select(MembershipClaim, Organization)
        .join(Organization)
        .where(MembershipClaim.account == account_id)
        .order_by(MembershipClaim.id)
    )
    return {"claims": [_claim(row) for row in rows]}


def _claim(row: MembershipClaim) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "name": row.name,
        "id_tail": opened(row.id_tail),
        "phone": opened(row.phone),
        "branch": row.organization.name,
        "state": row.state,
        "submitted_at": row.submitted_at,
        "decided_at": row.decided_at,
        "note": row.note,
    }
