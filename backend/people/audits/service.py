"""Listing entries of the audit log, newest first."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import peewee as pw

from backend.core.audit import AuditEntry
from backend.core.pages import Page, PageQuery, cursor_number, page_by_id
from backend.people.access import find_organization, no_post, require, within
from backend.people.audits.labels import OF_RULES, label_of
from backend.people.audits.schemas import AuditQuery, AuditShape, OwnAuditShape, RuleChange
from backend.people.directory import brief
from backend.people.models import Account, Member, Organization
from backend.people.permissions import Caller, Right

MOST_CHANGES = 50


def list_entries(caller: Caller, query: AuditQuery, *, timezone: ZoneInfo, today: date) -> Page[AuditShape]:
    """What happened in the organisations that the caller audits; Forbidden for who audits none."""
    reached = within(caller, Right.SEE_AUDIT, Organization.path)
    if reached is None:
        raise no_post()
    rows = _entries(pw.JOIN.INNER).where(reached)
    for column, person in ((AuditEntry.actor_id, query.actor), (AuditEntry.about_id, query.about)):
        if person is not None:
            rows = rows.where(column == Account.select(Account.id).where(Account.public_id == person))
    if query.action is not None:
        rows = rows.where(AuditEntry.action == query.action)
    day = query.day or (None if query.actor or query.about else today)
    if day is not None:
        starts_at = datetime.combine(day, time(), timezone)
        rows = rows.where(AuditEntry.at >= starts_at, AuditEntry.at < starts_at + timedelta(days=1))
    found, cursor = _page(rows, query)
    return Page([_shape(row) for row in found], cursor)


def rule_changes(caller: Caller, code: str) -> list[RuleChange]:
    """Who changed the rules that hold in an organisation, there or above, newest first; for whoever sees it."""
    organization = find_organization(code)
    require(caller, Right.SEE_ORGANIZATION, organization)
    above = Organization.id.in_([int(step) for step in organization.path.split(".")[:-1]])
    places = {row.code: row.name for row in Organization.select(Organization.code, Organization.name).where(above)}
    of_them = AuditEntry.subject.in_([f"organization:{one}" for one in places])
    for one in places:  # a range: both databases find it by the index
        of_them |= AuditEntry.subject.between(f"organization:{one}:", f"organization:{one}:~")
    rows = (
        AuditEntry.select(AuditEntry, Account)
        .join(Account, pw.JOIN.LEFT_OUTER, on=(Account.id == AuditEntry.actor_id), attr="actor")
        .where(AuditEntry.action.in_(OF_RULES), of_them)
        .order_by(AuditEntry.id.desc())
        .limit(MOST_CHANGES)
    )
    return [_rule_change(row, places) for row in rows]


def _rule_change(row: Any, places: dict[str, str]) -> RuleChange:
    actor = getattr(row, "actor", None)
    _, code, *day = row.subject.split(":")
    return RuleChange(
        at=row.at,
        label=label_of(row.action),
        place=places.get(code, code),
        words="　".join([*day, row.purpose]),
        actor_name=actor.display_name if actor else None,
    )


def own_entries(caller: Caller, query: PageQuery) -> Page[OwnAuditShape]:
    """Who looked at or changed the caller's data, and why (个人信息保护法 §44)."""
    mine = AuditEntry.about_id == caller.account_id
    if caller.member_id is not None:  # before the claim there was no account to name
        public_id = Member.select(Member.public_id).where(Member.id == caller.member_id).scalar()
        mine |= AuditEntry.subject == f"member:{public_id}"
    found, cursor = _page(_entries(pw.JOIN.LEFT_OUTER).where(mine), query)
    return Page([_own_shape(row, caller) for row in found], cursor)


def _entries(join: str) -> "pw.ModelSelect[AuditEntry]":
    about = Account.alias()
    rows: pw.ModelSelect[AuditEntry] = (
        AuditEntry.select(AuditEntry, Account, about, Organization)
        .join(Organization, join, on=(Organization.id == AuditEntry.organization_id), attr="organization")
        .join_from(AuditEntry, Account, pw.JOIN.LEFT_OUTER, on=(Account.id == AuditEntry.actor_id), attr="actor")
        .join_from(AuditEntry, about, pw.JOIN.LEFT_OUTER, on=(about.id == AuditEntry.about_id), attr="about")
    )
    return rows


def _page(rows: "pw.ModelSelect[AuditEntry]", query: PageQuery) -> tuple[list[Any], str | None]:
    before = cursor_number(query.cursor)
    if before is not None:
        rows = rows.where(AuditEntry.id < before)
    return page_by_id(list(rows.order_by(AuditEntry.id.desc()).limit(query.limit + 1)), query.limit)


def _shape(row: Any) -> AuditShape:
    actor, about = getattr(row, "actor", None), getattr(row, "about", None)
    return AuditShape(
        at=row.at,
        action=row.action,
        label=label_of(row.action),
        subject=row.subject,
        purpose=row.purpose,
        actor=actor.public_id if actor else None,
        actor_name=actor.display_name if actor else None,
        about=about.public_id if about else None,
        organization=brief(row.organization),
    )


def _own_shape(row: Any, caller: Caller) -> OwnAuditShape:
    actor, organization = getattr(row, "actor", None), getattr(row, "organization", None)
    return OwnAuditShape(
        at=row.at,
        label=label_of(row.action),
        subject=row.subject,
        purpose=row.purpose,
        by_me=row.actor_id == caller.account_id,
        actor_name=actor.display_name if actor else None,
        organization=brief(organization) if organization else None,
    )
