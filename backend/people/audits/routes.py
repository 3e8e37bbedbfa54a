"""The audit log over HTTP."""

from flask import Blueprint

from backend.core.clock import local_day
from backend.core.http import endpoint, now, settings
from backend.core.pages import Page, PageQuery
from backend.people.audits import service
from backend.people.audits.schemas import AuditQuery, AuditShape, OwnAuditShape
from backend.people.caller import current_caller

bp = Blueprint("audits", __name__, url_prefix="/api/v1")


@bp.get("/audit")
@endpoint(query=AuditQuery, returns=Page[AuditShape])
def list_entries(query: AuditQuery) -> Page[AuditShape]:
    """The audit log of what one audits: of a person, or of a day."""
    timezone = settings().timezone
    return service.list_entries(current_caller(), query, timezone=timezone, today=local_day(now(), timezone))


@bp.get("/me/audit")
@endpoint(query=PageQuery, returns=Page[OwnAuditShape])
def list_own_entries(query: PageQuery) -> Page[OwnAuditShape]:
    """Who looked at or changed my data, and why."""
    return service.own_entries(current_caller(), query)
