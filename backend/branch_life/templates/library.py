"""Writing, finding and withdrawing model activities."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from backend.branch_life.kinds import KIND_LABELS, ActivityKind
from backend.branch_life.templates.models import FORM_LABELS, ActivityTemplate, TemplateForm
from backend.branch_life.templates.schemas import TemplateQuery, TemplateShape, WriteTemplate
from backend.core.crypto import new_public_id
from backend.core.database import in_unit_of_work, update_exactly_one
from backend.core.errors import Conflict, Forbidden, NotFound, invalid_field
from backend.core.pages import Page, cursor_number, page_by_id
from backend.people.access import find_organization, require
from backend.people.directory import brief
from backend.people.models import Organization
from backend.people.permissions import Caller, Right


def write_template(caller: Caller, body: WriteTemplate, *, now: datetime) -> TemplateShape:
    """Add a model to the library of an organisation."""
    organization = find_organization(body.organization)
    require(caller, Right.PLAN_ACTIVITIES, organization)

    def work() -> ActivityTemplate:
        return ActivityTemplate.create(
            public_id=new_public_id(),
            organization=organization,
            kind=body.kind,
            form=body.form,
            title=body.title,
            agenda=body.agenda,
            minutes=body.minutes,
            written_by=caller.account_id,
            created_at=now,
        )

    return _shape(in_unit_of_work(work))


def list_templates(caller: Caller, query: TemplateQuery) -> Page[TemplateShape]:
    """Models that the caller's organisations and all above them offer, newest first."""
    rows = _templates().where(
        ActivityTemplate.organization.in_(_above(_paths(caller))), ActivityTemplate.withdrawn_at.is_null()
    )
    if query.kind:
        rows = rows.where(ActivityTemplate.kind == query.kind)
    after = cursor_number(query.cursor)
    if after is not None:
        rows = rows.where(ActivityTemplate.id < after)
    found, cursor = page_by_id(list(rows.order_by(ActivityTemplate.id.desc()).limit(query.limit + 1)), query.limit)
    return Page([_shape(row) for row in found], cursor)


def withdraw_template(caller: Caller, public_id: str, *, now: datetime) -> TemplateShape:
    """Offer it no more; what was copied from it stays."""
    template = _templates().where(ActivityTemplate.public_id == public_id).first()
    if template is None or template.organization_id not in _above(_paths(caller)):
        raise NotFound()
    if not caller.may(Right.PLAN_ACTIVITIES, template.organization.path):
        raise Forbidden()

    def work() -> None:
        offered = ActivityTemplate.update(withdrawn_at=now).where(
            ActivityTemplate.id == template.id, ActivityTemplate.withdrawn_at.is_null()
        )
        update_exactly_one(offered, lost=lambda: Conflict("template_withdrawn", "这个样板已经撤下"))

    in_unit_of_work(work)
    return _shape(_templates().where(ActivityTemplate.public_id == public_id).get())


def find_template_id(public_id: str, organization: Organization) -> int:
    """The row of a model that this organisation may copy; 422 when there is none."""
    template: ActivityTemplate | None = ActivityTemplate.get_or_none(
        ActivityTemplate.public_id == public_id,
        ActivityTemplate.organization.in_(_above([organization.path])),
        ActivityTemplate.withdrawn_at.is_null(),
    )
    if template is None:
        raise invalid_field("template", "unknown_template", "没有这个样板，或已经撤下")
    return int(template.id)


def _paths(caller: Caller) -> list[str]:
    """Paths of the organisations that the caller serves or belongs to."""
    paths = [post.path for post in caller.posts]
    if caller.branch_id is not None:
        paths.append(Organization.get_by_id(caller.branch_id).path)
    return paths


def _above(paths: Iterable[str]) -> set[int]:
    """The organisations on the way from the root to each of these: their ids are the steps of a path."""
    return {int(step) for path in paths for step in path.split(".") if step}


def _templates() -> Any:
    return ActivityTemplate.select(ActivityTemplate, Organization).join(Organization)


def _shape(template: ActivityTemplate) -> TemplateShape:
    kind, form = ActivityKind(template.kind), TemplateForm(template.form)
    return TemplateShape(
        id=template.public_id,
        organization=brief(template.organization),
        kind=kind,
        kind_label=KIND_LABELS[kind],
        form=form,
        form_label=FORM_LABELS[form],
        title=template.title,
        agenda=template.agenda,
        minutes=template.minutes,
        withdrawn=template.withdrawn_at is not None,
    )
