"""One's own data over HTTP."""

from flask import Blueprint, Response

from backend.core.http import FileBytes, endpoint, extension, now, settings
from backend.people.caller import current_caller
from backend.people.held import table_labels
from backend.people.own_data import service
from backend.people.own_data.page import Page
from backend.people.own_data.schemas import OwnData

bp = Blueprint("own_data", __name__, url_prefix="/api/v1")


@bp.get("/me/export")
@endpoint(returns=OwnData)
def export_own_data() -> OwnData:
    """Everything about me, as JSON."""
    return service.export_own_data(current_caller(), extension("personal_data"), now=now())


@bp.get("/me/export.html")
@endpoint(returns=FileBytes)
def print_own_data() -> Response:
    """Everything about me, as a page to read, keep or print."""
    page = Page(table_labels(extension("erasure").held), settings().timezone)
    data = service.export_own_data(current_caller(), extension("personal_data"), now=now())
    named = {"Content-Disposition": "attachment; filename=me.html", "Cache-Control": "no-store"}
    return Response(page.of(data), mimetype="text/html", headers=named)
