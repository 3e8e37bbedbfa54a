"""Tasks to look for a member of whom nothing was heard: read, and settled by a person. Nobody's status follows."""

from datetime import datetime
from typing import Any

import peewee as pw

from backend.core.crypto import opened
from backend.core.database import in_unit_of_work, update_exactly_one
from backend.core.errors import Conflict, NotFound
from backend.core.pages import Page, cursor_number, page_by_id
from backend.membership.away.models import FlowWatch, MemberFlow
from backend.membership.away.rules import LOST_CONTACT_CLAUSE
from backend.membership.away.schemas import Finding, SettleWatch, WatchQuery
from backend.membership.away.shapes import FlowPerson, WatchShape
from backend.people.access import find_organization, require
from backend.people.directory import brief
from backend.people.models import Member, Organization
from backend.people.permissions import Caller, Right

_Assignee = Member.alias()


def list_own(caller: Caller, query: WatchQuery) -> Page[WatchShape]:
    """What one is asked to look into."""
    return _page(_watches().where(FlowWatch.assignee == (caller.member_id or 0)), query)


def list_of_organization(caller: Caller, code: str, query: WatchQuery) -> Page[WatchShape]:
    """The watches over an organisation's own members."""
    organization = find_organization(code)
    require(caller, Right.SEE_FLOATING, organization)
    return _page(_watches().where(MemberFlow.home == organization.id), query)


def settle_watch(caller: Caller, public_id: str, body: SettleWatch, *, now: datetime) -> WatchShape:
    """Say what came of it; 404 for whoever is neither asked nor keeps the home branch, 409 the second time."""
    watch = _watches().where(FlowWatch.public_id == public_id).first()
    if watch is None or not _may_settle(caller, watch):
        raise NotFound()
    settled = {"finding": body.finding, "note": body.note, "settled_by": caller.account_id, "settled_at": now}
    standing = FlowWatch.update(settled).where(FlowWatch.id == watch.id, FlowWatch.settled_at.is_null())
    in_unit_of_work(
        lambda: update_exactly_one(standing, lost=lambda: Conflict("already_settled", "这条提醒已经处理过"))
    )
    return _shape(_watches().where(FlowWatch.id == watch.id).get())


def _may_settle(caller: Caller, watch: Any) -> bool:
    asked = caller.member_id is not None and caller.member_id == watch.assignee_id
    return asked or caller.may(Right.KEEP_FLOATING, watch.flow.home.path)


def _watches() -> "pw.ModelSelect[Any]":
    return (
        FlowWatch.select(FlowWatch, MemberFlow, Member, Organization, _Assignee)
        .join_from(FlowWatch, MemberFlow)
        .join_from(MemberFlow, Member, on=(MemberFlow.member == Member.id), attr="member")
        .join_from(MemberFlow, Organization, on=(MemberFlow.home == Organization.id), attr="home")
        .join_from(FlowWatch, _Assignee, pw.JOIN.LEFT_OUTER, on=(FlowWatch.assignee == _Assignee.id), attr="assignee")
    )


def _page(rows: "pw.ModelSelect[Any]", query: WatchQuery) -> Page[WatchShape]:
    rows = rows.where(FlowWatch.settled_at.is_null(not query.settled))
    before = cursor_number(query.cursor)
    if before is not None:
        rows = rows.where(FlowWatch.id < before)
    found, more = page_by_id(list(rows.order_by(FlowWatch.id.desc()).limit(query.limit + 1)), query.limit)
    return Page([_shape(row) for row in found], more)


def _shape(row: Any) -> WatchShape:
    return WatchShape(
        id=row.public_id,
        flow=row.flow.public_id,
        member=FlowPerson(id=row.flow.member.public_id, name=row.flow.member.name),
        home=brief(row.flow.home),
        silent_since=row.silent_since,
        months=row.months,
        assignee=FlowPerson(id=row.assignee.public_id, name=row.assignee.name) if row.assignee_id else None,
        raised_at=row.raised_at,
        finding=Finding(row.finding) if row.finding else None,
        note=opened(row.note),
        settled_at=row.settled_at,
        clause=LOST_CONTACT_CLAUSE,
    )
