"""The library of model activities over HTTP."""

from flask import Blueprint

from backend.branch_life.templates import library
from backend.branch_life.templates.schemas import TemplateQuery, TemplateShape, WriteTemplate
from backend.core.http import endpoint, now
from backend.core.pages import Page
from backend.people.caller import current_caller

bp = Blueprint("activity_templates", __name__, url_prefix="/api/v1")


@bp.post("/activity-templates")
@endpoint(body=WriteTemplate, returns=TemplateShape, status=201)
def write_template(body: WriteTemplate) -> TemplateShape:
    """Offer a model activity to one's organisation and all below it."""
    return library.write_template(current_caller(), body, now=now())


@bp.get("/activity-templates")
@endpoint(query=TemplateQuery, returns=Page[TemplateShape])
def list_templates(query: TemplateQuery) -> Page[TemplateShape]:
    """Models that may be copied."""
    return library.list_templates(current_caller(), query)


@bp.post("/activity-templates/<template_id>/withdraw")
@endpoint(returns=TemplateShape)
def withdraw_template(template_id: str) -> TemplateShape:
    """Offer a model no more."""
    return library.withdraw_template(current_caller(), template_id, now=now())
