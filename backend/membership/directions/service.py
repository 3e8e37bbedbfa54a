"""Keeping the map of an organisation."""

from datetime import datetime

from pydantic import Field

from backend.core import audit
from backend.core.database import in_unit_of_work
from backend.core.http import Body
from backend.membership.directions.models import FlowMap
from backend.membership.directions.outlines import read_areas
from backend.people.access import require
from backend.people.models import Organization
from backend.people.permissions import Caller, Right


class MapWords(Body):
    """What is said about a map: which of its areas is home, and its review number (审图号)."""

    home: str | None = Field(None, max_length=40, title="本地在图上的名称")
    licence: str | None = Field(None, max_length=40, title="审图号")


def keep_map(caller: Caller, organization: Organization, content: bytes, words: MapWords, *, now: datetime) -> int:
    """Put a map in place of the one before; returns how many areas it has. 422 for a file that is none."""
    require(caller, Right.KEEP_ORGANIZATIONS, organization)
    areas = read_areas(content)
    row = {
        "areas": [area._asdict() for area in areas],
        "home": words.home,
        "licence": words.licence,
        "kept_at": now,
    }

    def work() -> None:
        if not FlowMap.update(row).where(FlowMap.organization == organization.id).execute():
            FlowMap.create(organization=organization, **row)
        subject = audit.Subject(f"organization:{organization.code}", organization.id)
        audit.record("map.kept", subject, actor_id=caller.account_id, purpose="流动去向地图", now=now)

    in_unit_of_work(work)
    return len(areas)


def drop_map(caller: Caller, organization: Organization, *, now: datetime) -> None:
    """Take the organisation's own map away."""
    require(caller, Right.KEEP_ORGANIZATIONS, organization)

    def work() -> None:
        FlowMap.delete().where(FlowMap.organization == organization.id).execute()
        subject = audit.Subject(f"organization:{organization.code}", organization.id)
        audit.record("map.dropped", subject, actor_id=caller.account_id, purpose="流动去向地图", now=now)

    in_unit_of_work(work)
