"""The terms and vacancies of an organisation and of all below it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import peewee as pw

from backend.card.rules import COMMITTEE
from backend.core.clock import same_day
from backend.core.pages import Page, cursor_number, page_by_id
from backend.membership.posts.reading import holder_of, posts_with_people
from backend.membership.posts.rules import term_of
from backend.membership.terms.rules import (
    COMMITTEE_FROM,
    COMMITTEE_NEEDED,
    REMINDED_BEFORE,
    SECRETARY_NEEDED,
    vacancies,
)
from backend.membership.terms.schemas import OrganizationTerms, Term, TermQuery, Vacancy
from backend.people.access import find_organization, in_subtree, require
from backend.people.directory import brief, count_full_members, current_memberships
from backend.people.models import (
    Member,
    Membership,
    MembershipKind,
    MemberStatus,
    Organization,
    OrganizationKind,
    OrganizationPost,
    Role,
)
from backend.people.permissions import Caller, Right
from backend.people.posts import ROLE_LABELS, in_office
from backend.people.tree.rules import BRANCHES


def list_terms(caller: Caller, code: str, query: TermQuery, *, today: date) -> Page[OrganizationTerms]:
    """Organisations in the order of the tree, each with its elected posts and what it lacks."""
    organization = find_organization(code)
    require(caller, Right.SEE_TERMS, organization)
    rows = Organization.select().where(
        in_subtree(Organization.path, organization.path), Organization.closed_on.is_null()
    )
    after = cursor_number(query.cursor)
    if after is not None:
        last = Organization.alias()
        rows = rows.where(Organization.path > last.select(last.path).where(last.id == after))
    if query.attention:
        rows = rows.where(_asks_for_attention(today))
    page, cursor = page_by_id(list(rows.order_by(Organization.path).limit(query.limit + 1)), query.limit)
    return Page(_entries(page, today), cursor)


def ends_soon(ends_on: date | None, today: date) -> bool:
    """Whether a term ends within the longest time of which a reminder speaks."""
    return ends_on is not None and ends_on <= same_day(today, months=max(REMINDED_BEFORE.value))


def _asks_for_attention(today: date) -> pw.Expression:
    """The same as `vacancies` and `ends_soon` say, asked of the database for each organisation by its indexes."""
    within = same_day(today, months=max(REMINDED_BEFORE.value))
    ending = _held(COMMITTEE, today).where(OrganizationPost.ends_on <= within)
    elects = Organization.kind.in_(BRANCHES - {OrganizationKind.TEMPORARY_BRANCH})
    roles = _held(COMMITTEE_NEEDED.value, today).select(pw.fn.COUNT(OrganizationPost.role.distinct()))
    full = current_memberships(Organization.id, today).where(
        Membership.kind == MembershipKind.HOME, Member.status == MemberStatus.FULL
    )
    incomplete = (
        elects
        & (roles < len(COMMITTEE_NEEDED.value))
        & (full.select(pw.fn.COUNT(Membership.id)) >= COMMITTEE_FROM.value)
    )
    leaderless = Organization.kind.in_(BRANCHES) & ~pw.fn.EXISTS(_held(SECRETARY_NEEDED.value, today))
    condition: pw.Expression = pw.fn.EXISTS(ending) | leaderless | incomplete
    return condition


def _held(roles: Any, today: date) -> "pw.ModelSelect[Any]":
    """The posts of these roles in force in the organisation of the query around it."""
    return OrganizationPost.select(OrganizationPost.id).where(
        OrganizationPost.organization == Organization.id, OrganizationPost.role.in_(sorted(roles)), in_office(today)
    )


def _entries(page: Sequence[Organization], today: date) -> list[OrganizationTerms]:
    ids = [organization.id for organization in page]
    if not ids:
        return []
    posts: dict[int, list[Any]] = {}
    rows = posts_with_people().where(
        OrganizationPost.organization.in_(ids), OrganizationPost.role.in_(sorted(COMMITTEE)), in_office(today)
    )
    for post in sorted(rows, key=lambda row: row.id):  # by the database it would walk all posts in that order
        posts.setdefault(post.organization_id, []).append(post)
    full = count_full_members(ids, today)
    return [_entry(one, posts.get(one.id, []), full.get(one.id, 0), today) for one in page]


def _entry(organization: Organization, posts: list[Any], full_members: int, today: date) -> OrganizationTerms:
    kind = OrganizationKind(organization.kind)
    rule = term_of(organization)
    held = {Role(post.role) for post in posts}
    return OrganizationTerms(
        organization=brief(organization),
        kind=kind,
        full_members=full_members,
        term_years=rule.value if rule else None,
        term_source=rule.source if rule else None,
        terms=[_term(post, today) for post in posts],
        vacancies=[_vacancy(role) for role in vacancies(kind, full_members, held)],
    )


def _term(post: Any, today: date) -> Term:
    return Term(
        id=post.public_id,
        role=post.role,
        role_label=ROLE_LABELS[Role(post.role)],
        holder=holder_of(post.account),
        ends_on=post.ends_on,
        ends_soon=ends_soon(post.ends_on, today),
    )


def _vacancy(role: Role) -> Vacancy:
    rule = SECRETARY_NEEDED if role in SECRETARY_NEEDED.value else COMMITTEE_NEEDED
    return Vacancy(role=role, role_label=ROLE_LABELS[role], source=rule.source)
