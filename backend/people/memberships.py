"""Memberships, asked about, opened and closed: where a member takes part in organisational life, from day to day."""

from datetime import date

import peewee as pw

from backend.core.database import require_transaction
from backend.people.models import Membership, MembershipKind


def in_force(today: date) -> pw.Expression:
    """A condition: the membership is in force on a local day; its first and last day count."""
    return (Membership.since_on <= today) & not_over(today)


def not_over(today: date) -> pw.Expression:
    """A condition: the membership is in force on that day, or will be."""
    condition: pw.Expression = Membership.until_on.is_null() | (Membership.until_on >= today)
    return condition


def open_membership(member_id: int, organization_id: int, kind: MembershipKind, *, since: date) -> None:
    """In force from a local day on, in the caller's unit of work; one that was to end that day or later goes on."""
    require_transaction("open_membership")
    here = _of(member_id, organization_id, kind)
    standing = not_over(since)
    if Membership.select().where(here, standing).exists():
        Membership.update(until_on=None).where(here, standing).execute()
    else:
        Membership.create(member=member_id, organization=organization_id, kind=kind, since_on=since)


def close_membership(member_id: int, organization_id: int, kind: MembershipKind, *, until: date) -> None:
    """In force to the end of a local day, in the caller's unit of work; nothing happens where there is none."""
    require_transaction("close_membership")
    Membership.update(until_on=until).where(
        _of(member_id, organization_id, kind), Membership.until_on.is_null() | (Membership.until_on > until)
    ).execute()


def _of(member_id: int, organization_id: int, kind: MembershipKind) -> pw.Expression:
    return (Membership.member == member_id) & (Membership.organization == organization_id) & (Membership.kind == kind)
