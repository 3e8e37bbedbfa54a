"""Posts as those see them who belong to the organisation or look after it."""

from datetime import date
from typing import Any

import peewee as pw

from backend.core.errors import NotFound
from backend.core.pages import Page, cursor_number, page_by_id
from backend.membership.posts.rules import may_give, suggested_end
from backend.membership.posts.schemas import Holder, PostEntry, PostQuery
from backend.people.access import find_organization
from backend.people.directory import brief
from backend.people.models import Account, Member, Organization, OrganizationPost, Role
from backend.people.permissions import Caller, Right
from backend.people.posts import ROLE_LABELS, not_over


def list_posts(caller: Caller, code: str, query: PostQuery, *, today: date) -> Page[PostEntry]:
    """The posts of an organisation in the order in which they were given; 404 for whoever has no part in it."""
    organization = find_organization(code)
    if not (caller.may(Right.SEE_ORGANIZATION, organization.path) or caller.branch_id == organization.id):
        raise NotFound()
    rows = posts_with_people().where(OrganizationPost.organization == organization.id)
    if query.when != "all":
        rows = rows.where(not_over(today) if query.when == "now" else OrganizationPost.ends_on < today)
    if query.role is not None:
        rows = rows.where(OrganizationPost.role == query.role)
    after = cursor_number(query.cursor)
    if after is not None:
        rows = rows.where(OrganizationPost.id > after)
    found, cursor = page_by_id(list(rows.order_by(OrganizationPost.id).limit(query.limit + 1)), query.limit)
    return Page([_entry(row, caller, today) for row in found], cursor)


def read_post(caller: Caller, public_id: str, *, today: date) -> PostEntry:
    """One post as the caller sees it; raises NotFound."""
    return _entry(find_post(public_id), caller, today)


def find_post(public_id: str) -> Any:
    """The post with its organisation, account and member; raises NotFound."""
    post = posts_with_people().where(OrganizationPost.public_id == public_id).first()
    if post is None:
        raise NotFound("post_not_found", "没有这项任职，或您无权查看")
    return post


def posts_with_people() -> "pw.ModelSelect[Any]":
    """Posts with their organisation, account and, where there is one, member."""
    return (
        OrganizationPost.select(OrganizationPost, Organization, Account, Member)
        .join_from(OrganizationPost, Organization)
        .join_from(OrganizationPost, Account)
        .join_from(Account, Member, pw.JOIN.LEFT_OUTER, on=(Member.account == Account.id), attr="as_member")
    )


def _entry(post: Any, caller: Caller, today: date) -> PostEntry:
    role = Role(post.role)
    ended = post.ends_on is not None and post.ends_on < today
    own = post.account_id == caller.account_id
    return PostEntry(
        id=post.public_id,
        role=role,
        role_label=ROLE_LABELS[role],
        organization=brief(post.organization),
        holder=holder_of(post.account),
        starts_on=post.starts_on,
        ends_on=post.ends_on,
        state="ended" if ended else "upcoming" if post.starts_on > today else "in_force",
        suggested_ends_on=None if post.ends_on else suggested_end(post.organization, role, post.starts_on),
        may_end=not ended and not own and may_give(caller, role, post.organization),
    )


def holder_of(account: Any) -> Holder:
    """Who that is; `account` comes from `posts_with_people`."""
    member = getattr(account, "as_member", None)
    return Holder(
        account=account.public_id,
        name=member.name if member else account.display_name,
        member=member.public_id if member else None,
    )
