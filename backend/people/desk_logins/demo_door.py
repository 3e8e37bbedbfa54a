"""The door of the demo: one click in, as anybody who has a desk. Shut outside demo mode."""

from dataclasses import dataclass
from datetime import datetime

from backend.core.clock import local_day
from backend.core.database import in_unit_of_work
from backend.core.errors import NotFound
from backend.core.settings import Settings
from backend.people.access import DESK, issue_token
from backend.people.models import Account, Organization, OrganizationPost, Role
from backend.people.permissions import PERMISSIONS
from backend.people.posts import ROLE_LABELS, in_office

MOST_SHOWN = 12


@dataclass(frozen=True)
class DemoPerson:
    """Somebody whom a visitor of the demo may be."""

    id: str
    name: str
    post: str


def demo_people(settings: Settings, *, now: datetime) -> list[DemoPerson]:
    """Whom a visitor may be; nobody outside demo mode."""
    if not settings.demo:
        return []
    roles = [role for role, rights in PERMISSIONS.items() if rights]
    rows = (
        OrganizationPost.select(OrganizationPost, Account, Organization)
        .join(Account)
        .switch(OrganizationPost)
        .join(Organization)
        .where(OrganizationPost.role.in_(roles), in_office(local_day(now, settings.timezone)))
        .order_by(OrganizationPost.id)
        .limit(MOST_SHOWN)
    )
    return [
        DemoPerson(
            row.account.public_id, row.account.display_name, f"{row.organization.name} {ROLE_LABELS[Role(row.role)]}"
        )
        for row in rows
    ]


def enter(person_id: str, settings: Settings, *, device: str, now: datetime) -> str:
    """A desk token for this person; 404 outside demo mode and for anybody whom the door does not show."""
    if person_id not in {person.id for person in demo_people(settings, now=now)}:
        raise NotFound()
    account = Account.get(Account.public_id == person_id)
    return in_unit_of_work(lambda: issue_token(account, DESK, device=device, now=now)[0])
