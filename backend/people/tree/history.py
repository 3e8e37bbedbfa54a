"""What happened to an organisation: written by whoever changes it, read by those who see it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import peewee as pw

from backend.core.database import require_transaction
from backend.core.pages import Page, PageQuery, cursor_number, page_by_id
from backend.people.access import find_organization, require
from backend.people.models import Account
from backend.people.permissions import Caller, Right
from backend.people.tree.models import ChangeKind, OrganizationChange
from backend.people.tree.schemas import ChangeShape

CHANGE_LABELS = {
    ChangeKind.FOUNDED: "成立",
    ChangeKind.EDITED: "变更信息",
    ChangeKind.MOVED: "调整隶属关系",
    ChangeKind.MERGED: "并入其他组织",
    ChangeKind.ABSORBED: "接收并入的组织",
    ChangeKind.CLOSED: "撤销",
}


@dataclass(frozen=True)
class Deed:
    """By whose hand (None: a command), why and when an organisation is changed."""

    account_id: int | None
    reason: str | None
    today: date
    now: datetime


def note_change(
    organization_id: int, kind: ChangeKind, before: dict[str, Any] | None, after: dict[str, Any] | None, deed: Deed
) -> None:
    """Append one row in the caller's unit of work; personal data comes masked."""
    require_transaction("note_change")
    OrganizationChange.create(
        organization=organization_id,
        kind=kind,
        before=before,
        after=after,
        account=deed.account_id,
        reason=deed.reason,
        at=deed.now,
    )


def read_history(caller: Caller, code: str, query: PageQuery) -> Page[ChangeShape]:
    """The changes of one organisation, the newest first, for those who see it by their post."""
    organization = find_organization(code)
    require(caller, Right.SEE_ORGANIZATION, organization)
    rows = (
        OrganizationChange.select(OrganizationChange, Account)
        .join(Account, pw.JOIN.LEFT_OUTER)
        .where(OrganizationChange.organization == organization.id)
        .order_by(OrganizationChange.id.desc())
        .limit(query.limit + 1)
    )
    before = cursor_number(query.cursor)
    if before is not None:
        rows = rows.where(OrganizationChange.id < before)
    found, cursor = page_by_id(list(rows), query.limit)
    return Page([_shape(row) for row in found], cursor)


def _shape(row: OrganizationChange) -> ChangeShape:
    kind = ChangeKind(row.kind)
    return ChangeShape(
        kind=kind,
        kind_label=CHANGE_LABELS[kind],
        before=row.before,
        after=row.after,
        by=row.account.display_name if row.account else None,
        at=row.at,
        reason=row.reason,
    )
