"""Whom a branch may order work to, found by the id that a list shows: members, volunteers, people of its teams."""

from datetime import date
from typing import Any

import peewee as pw

from backend.core.errors import invalid_field
from backend.people.memberships import in_force
from backend.people.models import Account, Member, Membership, OrganizationPost
from backend.people.permissions import HANDLER_ROLES
from backend.people.posts import in_office
from backend.service.teams.models import Team, TeamMember


def find_person(organization_id: int, public_id: str, *, today: date, field: str) -> int:
    """The account of a member (id on the roster), volunteer, grid worker or team member (id of the account); 422
    for anybody else, and for a member who has no account."""
    member = _member(organization_id, public_id, today)
    if member is not None and member.account_id is None:
        raise invalid_field(field, "target_without_account", "这位党员还没有登录过小程序，无法接单，请改派")
    account_id = member.account_id if member is not None else _volunteer(organization_id, public_id, today)
    if account_id is None:
        raise invalid_field(field, "unknown_target", "本支部没有这个人，请重新选择")
    return account_id


def _member(organization_id: int, public_id: str, today: date) -> Member | None:
    belongs = Membership.select(Membership.id).where(
        Membership.member == Member.id,
        Membership.organization == organization_id,
        in_force(today),
    )
    found: Member | None = (
        Member.select(Member.account)
        .where(
            Member.public_id == public_id,
            (Member.organization == organization_id) | pw.fn.EXISTS(belongs),
        )
        .first()
    )
    return found


def _volunteer(organization_id: int, public_id: str, today: date) -> int | None:
    post = OrganizationPost.select(OrganizationPost.id).where(
        OrganizationPost.account == Account.id,
        OrganizationPost.organization == organization_id,
        OrganizationPost.role.in_(list(HANDLER_ROLES)),
        in_office(today),
    )
    found: int | None = (
        Account.select(Account.id)
        .where(Account.public_id == public_id, pw.fn.EXISTS(post) | pw.fn.EXISTS(in_teams(Account.id, organization_id)))
        .scalar()
    )
    return found


def in_teams(account: Any, organization_id: Any) -> "pw.ModelSelect[Any]":
    """The confirmed memberships of an account in open teams of an organisation."""
    rows: pw.ModelSelect[Any] = (
        TeamMember.select(TeamMember.id)
        .join(Team)
        .where(
            TeamMember.account == account,
            TeamMember.confirmed_at.is_null(False),
            TeamMember.left_at.is_null(),
            Team.organization == organization_id,
            Team.closed_at.is_null(),
        )
    )
    return rows


def names_of(account_ids: "set[int]") -> dict[int, tuple[str, str]]:
    """The public id and the name (the roster's, where there is one) of these accounts, in one statement."""
    rows: pw.ModelSelect[Any] = (
        Account.select(Account.id, Account.public_id, Account.display_name, Member.name)
        .join(Member, pw.JOIN.LEFT_OUTER, on=(Member.account == Account.id))
        .where(Account.id.in_(list(account_ids)))
    )
    return {account_id: (public_id, name or shown) for account_id, public_id, shown, name in rows.tuples()}
