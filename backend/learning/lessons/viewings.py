"""Listening together (集中收看): one roll for the room, an entry on each card, nothing counted twice."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import peewee as pw

from backend.card.ledger import add_record, void_record
from backend.core.crypto import new_public_id
from backend.core.database import hold_rows, in_unit_of_work, update_exactly_one
from backend.core.errors import Conflict, NotFound, invalid_field
from backend.core.pages import Page, cursor_number, page_by_id
from backend.learning.lessons.access import find_visible
from backend.learning.lessons.cards import heard_alone, heard_together, seen_at_activity, together_source
from backend.learning.lessons.models import Lesson, LessonListening, LessonViewer, LessonViewing
from backend.learning.lessons.schemas import KeepViewing, MemberOnRoll, ViewingQuery, ViewingShape
from backend.learning.lessons.service import Actor
from backend.learning.lessons.workflow import LessonState
from backend.people.access import find_organization, require
from backend.people.directory import brief, current_memberships
from backend.people.models import Account, Member, Organization
from backend.people.permissions import Right
from backend.tally.counting import count

AHEAD_ALLOWED = timedelta(minutes=10)  # clocks of phones differ


def keep_viewing(public_id: str, body: KeepViewing, actor: Actor) -> ViewingShape:
    """Keep a roll; members who had heard the lesson before stay on the roll but get no second entry.

    Raises 409 for a lesson that is not published, 422 for a time to come or for who is not of the branch.
    """

    organization = find_organization(body.organization)
    require(actor.caller, Right.KEEP_ROLL, organization)

    def work() -> LessonViewing:
        hold_members(Member.public_id.in_(body.members))
        lesson = _published(public_id, actor)
        _check_time(lesson, body.held_at, actor.now)
        present = _members_present(organization, body, actor)
        viewing: LessonViewing = LessonViewing.create(
            public_id=new_public_id(),
            lesson=lesson,
            organization=organization,
            held_at=body.held_at,
            place=body.place,
            keeper=actor.caller.account_id,
            created_at=actor.now,
        )
        _write_roll(viewing, present, actor)
        return viewing

    return _shapes([in_unit_of_work(work)])[0]


def hold_members(which: pw.Expression) -> None:
    """Write on the cards of these members one roll or heartbeat at a time, until the unit of work ends.

    Called before anything is read, so that what others wrote on them in the meantime is seen.
    """
    list(hold_rows(Member.select(Member.id).where(which).order_by(Member.id)))


def _published(public_id: str, actor: Actor) -> Lesson:
    lesson = find_visible(public_id, caller=actor.caller, today=actor.today)
    if lesson.state != LessonState.PUBLISHED:
        raise Conflict("not_published", "这讲党课还没有发布，不能登记集中收看")
    return lesson


def _check_time(lesson: Lesson, held_at: datetime, now: datetime) -> None:
    if held_at > now + AHEAD_ALLOWED:
        raise invalid_field("held_at", "not_yet", "集中收看的时间还没有到")
    if lesson.published_at and held_at < lesson.published_at:
        raise invalid_field("held_at", "before_publication", "那时这讲党课还没有发布")


def _members_present(organization: Organization, body: KeepViewing, actor: Actor) -> list[Member]:
    wanted = set(body.members)
    rows = current_memberships(organization.id, actor.today).where(Member.public_id.in_(sorted(wanted)))
    found = {row.member.public_id: row.member for row in rows}
    if len(found) != len(wanted):
        raise invalid_field("members", "not_of_the_branch", "名单里有不属于本支部的人，请核对")
    return sorted(found.values(), key=lambda member: member.id)


def _write_roll(viewing: LessonViewing, present: Sequence[Member], actor: Actor) -> None:
    ids = [member.id for member in present]
    known = recorded_in_groups(viewing.lesson_id, ids) | _listeners(viewing.lesson_id, ids)
    for member in present:
        LessonViewer.create(viewing=viewing, member=member, recorded=member.id not in known)
        if member.id not in known:
            add_record(member.id, heard_together(viewing), now=actor.now, twin=seen_at_activity(viewing))
    count("lesson_viewings", viewing.organization_id, day=actor.today)
    count("lesson_viewers", viewing.organization_id, day=actor.today, amount=len(ids))


def recorded_in_groups(lesson_id: int, member_ids: list[int]) -> set[int]:
    """Which of these members have this lesson on their card from a viewing that stands."""
    return {row.member_id for row in _standing(lesson_id, member_ids)}


def heard_in_group(lesson_id: int, member_id: int) -> bool:
    """The same for one member, who is held from now on, as it stands when nobody else writes on his card."""
    hold_members(Member.id == member_id)
    return any(hold_rows(_standing(lesson_id, [member_id])))


def _standing(lesson_id: int, member_ids: list[int]) -> "pw.ModelSelect[LessonViewer]":
    return (
        LessonViewer.select(LessonViewer.member)
        .join(LessonViewing)
        .where(
            LessonViewing.lesson == lesson_id,
            LessonViewing.voided_at.is_null(),
            LessonViewer.recorded,
            LessonViewer.member.in_(member_ids),
        )
    )


def _listeners(lesson_id: int, member_ids: list[int]) -> set[int]:
    rows = (
        Member.select(Member.id)
        .join(LessonListening, on=(LessonListening.account == Member.account))
        .where(
            Member.id.in_(member_ids),
            LessonListening.lesson == lesson_id,
            LessonListening.done_at.is_null(False),
        )
    )
    return {row.id for row in rows}


def void_viewing(public_id: str, reason: str, actor: Actor) -> ViewingShape:
    """Strike out a viewing and what it wrote on cards; who kept the roll or may keep it there does so."""

    on_roll = LessonViewer.select(LessonViewer.member).join(LessonViewing).where(LessonViewing.public_id == public_id)
    members = [row.member_id for row in on_roll]

    def work() -> LessonViewing:
        hold_members(Member.id.in_(members))
        viewing = _find_viewing(public_id)
        require(actor.caller, Right.KEEP_ROLL, viewing.organization, see=Right.KEEP_ROLL)
        struck = LessonViewing.update(voided_at=actor.now, void_reason=reason).where(
            LessonViewing.id == viewing.id, LessonViewing.voided_at.is_null()
        )
        update_exactly_one(struck, lost=lambda: Conflict("already_void", "这次集中收看已经作废"))
        viewing.voided_at = actor.now
        roll = list(LessonViewer.select().where(LessonViewer.viewing == viewing))
        _take_off_cards(viewing, [viewer.member_id for viewer in roll if viewer.recorded], actor.now)
        count("lesson_viewings", viewing.organization_id, day=actor.today, amount=-1)
        count("lesson_viewers", viewing.organization_id, day=actor.today, amount=-len(roll))
        return viewing

    return _shapes([in_unit_of_work(work)])[0]


def _take_off_cards(viewing: LessonViewing, member_ids: list[int], now: datetime) -> None:
    """Strike out the entries; who has also heard the lesson alone keeps it, as an entry of his own."""
    alone = _listeners(viewing.lesson_id, member_ids)
    for member_id in member_ids:
        void_record(member_id, together_source(viewing.id), now=now)
        if member_id in alone:
            add_record(member_id, heard_alone(viewing.lesson, now), now=now)


def _find_viewing(public_id: str) -> LessonViewing:
    viewing: LessonViewing | None = (
        LessonViewing.select(LessonViewing, Organization)
        .join(Organization)
        .where(LessonViewing.public_id == public_id)
        .first()
    )
    if viewing is None:
        raise NotFound()
    return viewing


def list_viewings(public_id: str, query: ViewingQuery, actor: Actor) -> Page[ViewingShape]:
    """Viewings of a lesson in one organisation, for those who may see its members; newest first."""
    organization = find_organization(query.organization)
    require(actor.caller, Right.SEE_MEMBERS, organization)
    lesson = find_visible(public_id, caller=actor.caller, today=actor.today)
    rows = (
        LessonViewing.select(LessonViewing, Organization, Account)
        .join(Organization)
        .switch(LessonViewing)
        .join(Account, on=(LessonViewing.keeper == Account.id))
        .where(LessonViewing.lesson == lesson, LessonViewing.organization == organization)
        .order_by(LessonViewing.id.desc())
        .limit(query.limit + 1)
    )
    before = cursor_number(query.cursor)
    if before is not None:
        rows = rows.where(LessonViewing.id < before)
    found, cursor = page_by_id(list(rows), query.limit)
    return Page(_shapes(found), cursor)


def _shapes(viewings: Sequence[LessonViewing]) -> list[ViewingShape]:
    """Viewings with their rolls, in one query for all rolls."""
    rolls: dict[int, list[LessonViewer]] = {viewing.id: [] for viewing in viewings}
    rows: pw.ModelSelect[LessonViewer] = (
        LessonViewer.select(LessonViewer, Member)
        .join(Member)
        .where(LessonViewer.viewing.in_(list(rolls)))
        .order_by(LessonViewer.id)
    )
    for row in rows:
        rolls[row.viewing_id].append(row)
    return [_shape(viewing, rolls[viewing.id]) for viewing in viewings]


def _shape(viewing: LessonViewing, roll: list[LessonViewer]) -> ViewingShape:
    return ViewingShape(
        id=viewing.public_id,
        organization=brief(viewing.organization),
        held_at=viewing.held_at,
        place=viewing.place,
        keeper=viewing.keeper.display_name,
        members=[MemberOnRoll(public_id=row.member.public_id, name=row.member.name) for row in roll],
        recorded=sum(row.recorded for row in roll),
        voided=viewing.voided_at is not None,
    )
