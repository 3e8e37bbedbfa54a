"""Founding organisations and editing what is said of them."""

from datetime import date, datetime
from typing import Any

import peewee as pw

from backend.core import audit
from backend.core.crypto import mask_name, mask_phone, opened
from backend.core.database import in_unit_of_work
from backend.core.errors import Conflict, Forbidden, NotFound, invalid_field
from backend.people.access import find_organization
from backend.people.models import Organization, OrganizationKind
from backend.people.permissions import Caller, Right
from backend.people.tree.history import Deed, note_change
from backend.people.tree.holding import check_standing, hold_to_keep, level_of
from backend.people.tree.models import ChangeKind
from backend.people.tree.planting import plant, rewrite_grams
from backend.people.tree.rules import may_stand, misfit
from backend.people.tree.schemas import (
    ContactShape,
    EditOrganization,
    FoundOrganization,
    OrganizationTraits,
    RevealContact,
)

PLAIN = ("name", "kind", "level", "sector", "division", "units")


def found_organization(caller: Caller, code: str, body: FoundOrganization, *, today: date, now: datetime) -> str:
    """A new organisation below `code`; gives its own code. 422 where its kind may not stand, 409 for a taken code."""
    deed = Deed(caller.account_id, body.reason, today, now)

    def work() -> None:
        (above,) = hold_to_keep(caller, code)
        check_standing(body.kind, body.level, above, "kind")
        node = plant(above, code=body.code, name=body.name, kind=body.kind, now=now, **_columns(body))
        note_change(node.id, ChangeKind.FOUNDED, None, {**described(node), "parent": above.code}, deed)

    try:
        in_unit_of_work(work)
    except pw.IntegrityError:
        raise Conflict("code_taken", f"组织代码 {body.code} 已被使用，请换一个") from None
    return body.code


def edit_organization(caller: Caller, code: str, body: EditOrganization, *, today: date, now: datetime) -> None:
    """Change what is named in `body`; 409 `nothing_changed` when it says what is known already."""
    deed = Deed(caller.account_id, body.reason, today, now)

    def work() -> None:
        (organization,) = hold_to_keep(caller, code)
        said, before = _said(organization), described(organization)
        for name, value in _columns(body).items():
            setattr(organization, name, value)
        says, after = _said(organization), described(organization)
        changed = [name for name in says if says[name] != said[name]]
        if not changed:
            raise Conflict("nothing_changed", "没有需要变更的内容")
        _check_place(organization, changed)
        organization.save()
        if "name" in changed:
            rewrite_grams(organization.id, organization.name)
        was, became = ({name: told[name] for name in changed} for told in (before, after))
        note_change(organization.id, ChangeKind.EDITED, was, became, deed)

    in_unit_of_work(work)


def _columns(body: OrganizationTraits) -> dict[str, Any]:
    """The columns that the body names."""
    named = body.model_fields_set
    for name in ("name", "kind"):
        if name in named and getattr(body, name) is None:
            raise invalid_field(name, "missing", "不能为空")
    columns = {name: getattr(body, name) for name in PLAIN if name in named}
    if isinstance(body, FoundOrganization):
        del columns["name"], columns["kind"]
    if "contact" in named:
        columns["contact_name"] = body.contact and body.contact.name
        columns["contact_phone"] = body.contact and body.contact.phone
    return columns


def _said(organization: Organization) -> dict[str, Any]:
    name, phone = opened(organization.contact_name), opened(organization.contact_phone)
    return {
        **{field: getattr(organization, field) for field in PLAIN},
        "contact": (name, phone) if name and phone else None,
    }


def described(organization: Organization) -> dict[str, Any]:
    """What the history keeps of an organisation; the contact comes masked."""
    said = _said(organization)
    name, phone = said["contact"] or ("", "")
    return {**said, "contact": f"{mask_name(name)} {mask_phone(phone)}" if phone else None}


def _check_place(organization: Organization, changed: list[str]) -> None:
    """A changed kind or level must still fit what stands above and below."""
    if not {"kind", "level"}.intersection(changed):
        return
    kind = OrganizationKind(organization.kind)
    if organization.parent is not None:
        check_standing(kind, level_of(organization), organization.parent, "kind")
    elif not may_stand(kind, None):
        raise invalid_field("kind", "kind_not_below", misfit(kind, None))
    below = (Organization.parent == organization.id) & Organization.closed_on.is_null()
    for row in Organization.select(Organization.kind, Organization.level).where(below).distinct():
        check_standing(OrganizationKind(row.kind), level_of(row), organization, "kind")


def reveal_contact(caller: Caller, code: str, body: RevealContact, *, now: datetime) -> ContactShape:
    """The contact in full, to members and those who see the organisation; logged with the purpose."""
    organization = find_organization(code)
    if caller.branch_id != organization.id and not caller.may(Right.SEE_ORGANIZATION, organization.path):
        raise Forbidden()
    name, phone = opened(organization.contact_name), opened(organization.contact_phone)
    if not name or not phone:
        raise NotFound("no_contact", "这个组织还没有登记联系人")
    subject = f"organization:{organization.code}"
    in_unit_of_work(
        lambda: audit.record("organization.contact", subject, actor_id=caller.account_id, purpose=body.purpose, now=now)
    )
    return ContactShape(name=name, phone=phone)
