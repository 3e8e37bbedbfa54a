"""One's own data over HTTP."""

from flask import Blueprint

from backend.core.http import endpoint, extension, now
from backend.people.caller import current_caller
from backend.people.own_data import service
from backend.people.own_data.schemas import OwnData

bp = Blueprint("own_data", __name__, url_prefix="/api/v1")


@bp.get("/me/export")
@endpoint(returns=OwnData)
def export_own_data() -> OwnData:
    """Everything about me, as JSON."""
    return service.export_own_data(current_caller(), extension("personal_data"), now=now())
