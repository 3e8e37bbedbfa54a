"""Closing an organisation: nothing is deleted, nobody keeps a post there, and nothing new is taken."""

from datetime import date, datetime, timedelta

from backend.core.database import in_unit_of_work
from backend.people.models import Organization, OrganizationPost
from backend.people.permissions import Caller
from backend.people.places.models import ServiceCentre
from backend.people.posts import not_over
from backend.people.tree.history import Deed, note_change
from backend.people.tree.holding import hold_to_keep, require_above
from backend.people.tree.models import ChangeKind
from backend.people.tree.obstacles import RoomsAbove, members_at_home, organizations_below, refuse_while_in_the_way
from backend.people.tree.schemas import CloseOrganization

PEOPLE = (members_at_home, organizations_below)


def close_organization(
    caller: Caller, code: str, body: CloseOrganization, above: RoomsAbove, *, today: date, now: datetime
) -> None:
    """Close an organisation that has no members, nothing below and nothing open; 409 says what stands in the way."""
    deed = Deed(caller.account_id, body.reason, today, now)

    def work() -> None:
        (organization,) = hold_to_keep(caller, code)
        require_above(caller, organization)
        refuse_while_in_the_way(organization.id, (*PEOPLE, *above.staying, *above.unsettled), now=now)
        ServiceCentre.update(closed_at=now).where(
            ServiceCentre.organization == organization.id, ServiceCentre.closed_at.is_null()
        ).execute()
        shut(organization.id, today=today)
        note_change(organization.id, ChangeKind.CLOSED, None, {"closed_on": today.isoformat()}, deed)

    in_unit_of_work(work)


def shut(organization_id: int, *, today: date) -> None:
    """Mark it closed and end its posts with yesterday, in the caller's unit of work: their rights are gone at once."""
    Organization.update(closed_on=today).where(Organization.id == organization_id).execute()
    OrganizationPost.update(ends_on=today - timedelta(days=1)).where(
        OrganizationPost.organization == organization_id,
        not_over(today),
    ).execute()
