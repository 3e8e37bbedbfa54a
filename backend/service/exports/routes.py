"""Exports of orders over HTTP."""

from flask import Blueprint, Response, stream_with_context

from backend.core.http import FileBytes, endpoint, now, settings
from backend.people.caller import current_caller
from backend.service.exports.schemas import OrderExportQuery
from backend.service.exports.service import export_orders

bp = Blueprint("order_exports", __name__, url_prefix="/api/v1")


@bp.get("/organizations/<code>/orders/export")
@endpoint(query=OrderExportQuery, returns=FileBytes)
def read_export(code: str, query: OrderExportQuery) -> Response:
    """The orders of an organisation and all below it, without personal data, as CSV, XLSX, JSON or GeoJSON."""
    content_type, chunks = export_orders(current_caller(), code, query, timezone=settings().timezone, now=now())
    name = f"attachment; filename=orders-{code}.{query.format}"
    headers = {"Content-Disposition": name, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return Response(stream_with_context(chunks), content_type=content_type, headers=headers)
