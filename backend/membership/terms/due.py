"""Which terms are to be spoken of now, and which posts stand empty."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from functools import partial
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import peewee as pw

from backend.card.rules import COMMITTEE
from backend.core.clock import local_day, same_day
from backend.core.database import in_unit_of_work, rows_of
from backend.membership.posts.rules import term_of
from backend.membership.terms.rules import COMMITTEE_NEEDED, REMINDED_BEFORE, SECRETARY_NEEDED, vacancies
from backend.messaging import outbox
from backend.people.directory import count_full_members
from backend.people.models import Organization, OrganizationKind, OrganizationPost, Role
from backend.people.posts import ROLE_LABELS, in_office
from backend.people.tree.rules import BRANCHES

BATCH = 500
NAMED = 3
ORDER = list(Role)


def remind_of_terms(*, timezone: ZoneInfo, now: datetime) -> int:
    """Speak once of each term that ends within 6, 3 or 1 months and has no successor; returns how many posts.

    What was missed is not caught up: after a long stop only the step that counts today is spoken of.
    Safe to run twice and on two machines: the post remembers its step, changed where the event is written.
    """
    today = local_day(now, timezone)
    reminded = 0
    for months in sorted(REMINDED_BEFORE.value):
        while posts := _ending(months, today):
            for _, siblings in groupby(posts, key=lambda post: post.organization.parent_id):
                reminded += _remind_once(list(siblings), months, now)
    return reminded


class _Overtaken(Exception):
    """Another machine speaks of these posts: whatever is left is asked for again."""


def _remind_once(posts: Sequence[Any], months: int, now: datetime) -> int:
    try:
        return in_unit_of_work(partial(_remind, posts, months, now))
    except _Overtaken:
        return 0


def _ending(months: int, today: date) -> list[Any]:
    """Elected posts that end within so many months, have not been spoken of since, and are not filled anew."""
    successor = OrganizationPost.alias()
    follows = successor.select(successor.id).where(
        successor.organization == OrganizationPost.organization,
        successor.role == OrganizationPost.role,
        successor.ends_on.is_null() | (successor.ends_on > OrganizationPost.ends_on),
        successor.id != OrganizationPost.id,
    )
    rows = (
        OrganizationPost.select(OrganizationPost, Organization)
        .join(Organization)
        .where(
            OrganizationPost.ends_on.between(today, same_day(today, months=months)),
            _unspoken(months),
            OrganizationPost.role.in_(sorted(COMMITTEE)),
            in_office(today),
            ~pw.fn.EXISTS(follows),
        )
        .order_by(Organization.parent, Organization.id, OrganizationPost.ends_on)
        .limit(BATCH)
    )
    return list(rows)


def _unspoken(months: int) -> pw.Expression:
    condition: pw.Expression = OrganizationPost.reminded_months.is_null() | (OrganizationPost.reminded_months > months)
    return condition


def _remind(posts: Sequence[Any], months: int, now: datetime) -> int:
    """One message for each organisation and end of term, and one for the officers above them all."""
    mine = OrganizationPost.update(reminded_months=months).where(
        OrganizationPost.id.in_([post.id for post in posts]), _unspoken(months)
    )
    if mine.execute() != len(posts):
        raise _Overtaken
    terms = [list(term) for _, term in groupby(posts, key=lambda post: (post.organization_id, post.ends_on))]
    for term in terms:
        _tell_organization(term, months, now)
    organizations = list({post.organization_id: post.organization for post in posts}.values())
    key = f"post.terms_ending_below:{months}:{posts[0].public_id}"
    _tell_above("post.terms_ending_below", organizations, {"months": months}, key=key, now=now)
    return len(posts)


def _tell_organization(term: Sequence[Any], months: int, now: datetime) -> None:
    first = term[0]
    rule = term_of(first.organization)
    outbox.enqueue(
        "post.term_ending",
        {
            "organization": first.organization.name,
            "code": first.organization.code,
            "roles": _in_words({Role(post.role) for post in term}),
            "ends_on": first.ends_on.isoformat(),
            "months": months,
            "clause": rule.source if rule else None,
        },
        key=f"post.term_ending:{months}:{first.public_id}",
        organization_id=first.organization_id,
        now=now,
    )


def _tell_above(
    topic: str, organizations: Sequence[Organization], facts: dict[str, Any], *, key: str, now: datetime
) -> None:
    """To the officers above organisations with one parent; nobody is above a root."""
    parent = organizations[0].parent
    if parent is None:
        return
    outbox.enqueue(
        topic,
        {
            "above": parent.name,
            "above_code": parent.code,
            "count": len(organizations),
            "names": [one.name for one in organizations[:NAMED]],
            **facts,
        },
        key=key,
        organization_id=organizations[0].id,  # its officers above are those of its siblings
        now=now,
    )


def _in_words(roles: set[Role]) -> str:
    return "、".join(ROLE_LABELS[role] for role in sorted(roles, key=ORDER.index))


def remind_of_vacancies(*, timezone: ZoneInfo, now: datetime) -> int:
    """Speak of branches without a secretary, once a month, to the officers above them, and of committees that lack
    members, once a quarter, to their own secretaries; returns how many messages were written.

    Safe to run twice, late, and on two machines: each message has the key of its month or quarter.
    """
    today = local_day(now, timezone)
    leaderless: dict[int, list[Organization]] = {}
    told = 0
    for branch, missing in _lacking(today):
        if missing[0] not in SECRETARY_NEEDED.value:
            key = f"post.committee_incomplete:{branch.id}:{_quarter(today)}"
            told += _once(key, partial(_tell_committee, branch, missing, now=now))
        elif branch.parent_id is not None:
            leaderless.setdefault(branch.parent_id, []).append(branch)
    for parent_id, branches in leaderless.items():
        key = f"post.secretaries_missing:{parent_id}:{today:%Y-%m}"
        facts = {"clause": SECRETARY_NEEDED.source}
        told += _once(key, partial(_tell_above, "post.secretaries_missing", branches, facts, now=now))
    return told


def _lacking(today: date) -> Iterator[tuple[Organization, list[Role]]]:
    """Every branch that lacks a post, with what it lacks, the secretary first; a batch of branches at a time."""
    last = 0
    while branches := list(
        Organization.select()
        .where(Organization.kind.in_(sorted(BRANCHES)), Organization.closed_on.is_null(), Organization.id > last)
        .order_by(Organization.id)
        .limit(BATCH)
    ):
        last = branches[-1].id
        ids = [branch.id for branch in branches]
        held, full = _held(ids, today), count_full_members(ids, today)
        for branch in branches:
            missing = vacancies(OrganizationKind(branch.kind), full.get(branch.id, 0), held.get(branch.id, set()))
            if missing:
                yield branch, missing


def _held(organization_ids: Sequence[int], today: date) -> dict[int, set[Role]]:
    rows = OrganizationPost.select(OrganizationPost.organization, OrganizationPost.role).where(
        OrganizationPost.organization.in_(organization_ids),
        OrganizationPost.role.in_(sorted(COMMITTEE)),
        in_office(today),
    )
    held: dict[int, set[Role]] = {}
    for organization_id, role in rows_of(rows):
        held.setdefault(organization_id, set()).add(Role(role))
    return held


def _tell_committee(branch: Organization, missing: Sequence[Role], *, key: str, now: datetime) -> None:
    outbox.enqueue(
        "post.committee_incomplete",
        {
            "organization": branch.name,
            "code": branch.code,
            "roles": _in_words(set(missing)),
            "clause": COMMITTEE_NEEDED.source,
        },
        key=key,
        organization_id=branch.id,
        now=now,
    )


def _once(key: str, tell: Callable[..., None]) -> int:
    """Write a message unless it was written before, here or on another machine."""

    def work() -> int:
        if outbox.already_enqueued(key):
            return 0
        tell(key=key)
        return 1

    try:
        return in_unit_of_work(work)
    except pw.IntegrityError:
        return 0


def _quarter(today: date) -> str:
    return f"{today.year}Q{(today.month + 2) // 3}"
