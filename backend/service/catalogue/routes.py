"""The catalogue over HTTP."""

from flask import Blueprint

from backend.core.http import endpoint
from backend.service.catalogue import listing
from backend.service.catalogue.schemas import ServiceTypeShape

bp = Blueprint("catalogue", __name__, url_prefix="/api/v1")


@bp.get("/service-types")
@endpoint(returns=list[ServiceTypeShape])
def list_service_types() -> list[ServiceTypeShape]:
    """The kinds of service that may be ordered."""
    return listing.list_service_types()
