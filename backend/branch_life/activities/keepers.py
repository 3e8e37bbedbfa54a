"""Who keeps the roll of an organisation: those who are told when something waits for them."""

from datetime import date

from backend.people.models import OrganizationPost
from backend.people.permissions import PERMISSIONS, Caller, Right
from backend.people.posts import in_office

_ROLES = [role for role, rights in PERMISSIONS.items() if Right.KEEP_ROLL in rights]


def keepers(organization_id: int, caller: Caller, *, today: date) -> list[int]:
    """Accounts whose post there lets them keep the roll today, without the caller himself."""
    posts = OrganizationPost.select(OrganizationPost.account).where(
        OrganizationPost.organization == organization_id,
        OrganizationPost.role.in_(_ROLES),
        in_office(today),
        OrganizationPost.account != caller.account_id,
    )
    return sorted({post.account_id for post in posts})
