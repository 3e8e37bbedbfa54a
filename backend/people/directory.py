"""Reading accounts and rosters: what they look like to a caller."""

from collections.abc import Sequence
from datetime import date

import peewee as pw

from backend.core.crypto import mask_phone, opened
from backend.core.database import rows_of
from backend.core.pages import Page, cursor_number, page_by_id
from backend.people.access import MEMBER, RESIDENT, find_organization, require
from backend.people.memberships import in_force
from backend.people.models import (
    Account,
    Member,
    Membership,
    MembershipKind,
    MemberStatus,
    Organization,
    OrganizationPost,
)
from backend.people.permissions import Caller, Hats, Post, Right
from backend.people.posts import ROLE_LABELS, in_office
from backend.people.schemas import (
    AccountShape,
    HatShape,
    MemberBrief,
    MemberQuery,
    OrganizationBrief,
    OwnMember,
    PostShape,
)


def brief(organization: Organization) -> OrganizationBrief:
    """An organisation in passing."""
    return OrganizationBrief(code=organization.code, name=organization.name)


def account_shape(caller: Caller, *, today: date) -> AccountShape:
    """The account behind a caller, as its owner sees it on a local day."""
    account = Account.get_by_id(caller.account_id)
    phone = opened(account.phone)
    known = _homes(caller.hats)
    return AccountShape(
        id=account.public_id,
        display_name=account.display_name,
        phone=mask_phone(phone) if phone else None,
        organization=brief(account.organization) if account.organization else None,
        roles=_posts(caller, known, today),
        member=_own_member(caller),
        acting=_acting(caller, known),
        hats=_hats(caller.hats, known),
    )


def _posts(caller: Caller, known: dict[int, OrganizationBrief], today: date) -> list[PostShape]:
    """The posts in use, each with the last day of its term."""
    rows = OrganizationPost.select(
        OrganizationPost.organization, OrganizationPost.role, OrganizationPost.ends_on
    ).where(OrganizationPost.account == caller.account_id, in_office(today))
    ends = {(place, role): ends_on for place, role, ends_on in rows_of(rows)} if caller.posts else {}
    return [
        PostShape(
            role=post.role,
            role_label=ROLE_LABELS[post.role],
            organization=known[post.organization_id],
            ends_on=ends.get((post.organization_id, post.role)),
        )
        for post in caller.posts
    ]


def _homes(hats: Hats) -> dict[int, OrganizationBrief]:
    ids = {post.organization_id for post in hats.posts} | ({hats.branch_id} if hats.branch_id else set())
    return {row.id: brief(row) for row in Organization.select().where(Organization.id.in_(ids))} if ids else {}


def _hats(hats: Hats, known: dict[int, OrganizationBrief]) -> list[HatShape]:
    own = [HatShape(name=RESIDENT, role=None, organization=None)]
    if hats.branch_id:
        own.append(HatShape(name=MEMBER, role=None, organization=known[hats.branch_id]))
    return own + [
        HatShape(name=_post_name(post, known), role=post.role, organization=known[post.organization_id])
        for post in hats.posts
    ]


def _post_name(post: Post, known: dict[int, OrganizationBrief]) -> str:
    return f"{post.role}@{known[post.organization_id].code}"


def _acting(caller: Caller, known: dict[int, OrganizationBrief]) -> str:
    """The hat worn, as `POST /auth/acting` takes it; a post that is over shows as the resident that is left."""
    if caller.acting in (None, RESIDENT, MEMBER):
        return caller.acting or "all"
    worn = [_post_name(post, known) for post in caller.posts]
    return worn[0] if worn else RESIDENT


def _own_member(caller: Caller) -> OwnMember | None:
    if caller.member_id is None:
        return None
    member = Member.select(Member, Organization).join(Organization).where(Member.id == caller.member_id).get()
    return OwnMember(public_id=member.public_id, branch=brief(member.organization), status=MemberStatus(member.status))


def list_members(caller: Caller, code: str, query: MemberQuery, *, today: date) -> Page[MemberBrief]:
    """The roster of one organisation: its home members and those it hosts; or the home members of all below it."""
    organization = find_organization(code)
    require(caller, Right.SEE_MEMBERS, organization)
    rows = current_memberships(organization.id, today).order_by(Membership.id).limit(query.limit + 1)
    after = cursor_number(query.cursor)
    if after is not None:
        rows = rows.where(Membership.id > after)
    if query.q:
        rows = rows.where(_named(query.q))
    found, cursor = page_by_id(list(rows), query.limit)
    here = brief(organization)
    return Page([member_brief(row.member, MembershipKind(row.kind), here) for row in found], cursor)


def _named(q: str) -> pw.Expression:
    """Part of the name, of its pinyin or of its initials, as somebody types it."""
    typed = "".join(q.split()).lower()
    condition: pw.Expression = (
        Member.name.contains(q) | Member.name_pinyin.contains(typed) | Member.name_initials.contains(typed)
    )
    return condition


def current_memberships(organization_id: int | pw.Field, today: date) -> "pw.ModelSelect[Membership]":
    """Memberships in force on a local day, with their members; in a query around it, of its organisation column."""
    return (
        Membership.select(Membership, Member)
        .join(Member)
        .where(
            Membership.organization == organization_id,
            in_force(today),
        )
    )


def count_full_members(organization_ids: Sequence[int], today: date) -> dict[int, int]:
    """How many full members are at home in each of these organisations; those without any are left out."""
    counted = (
        Membership.select(Membership.organization, pw.fn.COUNT(Membership.id))
        .join(Member)
        .where(
            Membership.organization.in_(organization_ids),
            Membership.kind == MembershipKind.HOME,
            in_force(today),
            Member.status == MemberStatus.FULL,
        )
        .group_by(Membership.organization)
    )
    return {int(number): int(count) for number, count in rows_of(counted)}


def member_brief(member: Member, kind: MembershipKind, organization: OrganizationBrief) -> MemberBrief:
    return MemberBrief(
        public_id=member.public_id,
        name=member.name,
        status=MemberStatus(member.status),
        kind=kind,
        claimed=member.account_id is not None,
        organization=organization,
    )
