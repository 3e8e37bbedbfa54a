"""Report-ins as the member and the community branch see them."""

from collections.abc import Iterable, Sequence
from typing import Any

import peewee as pw

from backend.core.errors import NotFound
from backend.core.pages import Page, PageQuery, cursor_number, page_by_id
from backend.people.access import find_organization, require
from backend.people.directory import brief
from backend.people.models import Member, Organization
from backend.people.permissions import Caller, Right
from backend.service.report_ins.models import ReportIn, ReportInKind, ReportInState
from backend.service.report_ins.schemas import ReportInQuery, ReportInShape
from backend.service.teams.models import HandlerSkill
from backend.service.teams.profile import windows_of
from backend.service.teams.skills import skills_of

KIND_LABELS = {
    ReportInKind.UNIT_PAIR: "单位结对社区报到",
    ReportInKind.RESIDENTIAL: "居住地社区报到",
}
STATE_LABELS = {
    ReportInState.REPORTED: "待社区确认",
    ReportInState.CONFIRMED: "已确认",
    ReportInState.REFUSED: "未确认",
    ReportInState.LEFT: "已离开",
}
_Home = Organization.alias()


def find_report_in(caller: Caller, public_id: str) -> Any:
    """One's own, or one to a community that the caller looks after; NotFound otherwise."""
    found = _report_ins().where(ReportIn.public_id == public_id).first()
    if found is None or not _may_see(caller, found):
        raise NotFound()
    return found


def _may_see(caller: Caller, found: Any) -> bool:
    own = caller.member_id is not None and caller.member_id == found.member_id
    return own or caller.may(Right.SEE_FLOATING, found.organization.path)


def list_own(caller: Caller, query: PageQuery) -> Page[ReportInShape]:
    """One's own report-ins, the newest first."""
    return _page(caller, _report_ins().where(ReportIn.member == (caller.member_id or 0)), query)


def list_of_community(caller: Caller, code: str, query: ReportInQuery) -> Page[ReportInShape]:
    """Who reported in to a community, with what each offers."""
    organization = find_organization(code)
    require(caller, Right.SEE_FLOATING, organization)
    rows = _report_ins().where(ReportIn.organization == organization.id)
    if query.state is not None:
        rows = rows.where(ReportIn.state == query.state)
    return _page(caller, rows, query)


def reported_to(organization_ids: Sequence[int]) -> "pw.ModelSelect[Any]":
    """Who reported in and waits for the community's word: a query to be counted."""
    return ReportIn.select(ReportIn.id).where(
        ReportIn.organization.in_(organization_ids), ReportIn.state == ReportInState.REPORTED
    )


def _page(caller: Caller, rows: "pw.ModelSelect[Any]", query: PageQuery) -> Page[ReportInShape]:
    before = cursor_number(query.cursor)
    if before is not None:
        rows = rows.where(ReportIn.id < before)
    found, more = page_by_id(list(rows.order_by(ReportIn.id.desc()).limit(query.limit + 1)), query.limit)
    return Page(_shapes(caller, found), more)


def _report_ins() -> "pw.ModelSelect[Any]":
    return (
        ReportIn.select(ReportIn, Member, _Home, Organization)
        .join_from(ReportIn, Member)
        .join_from(Member, _Home, on=(Member.organization == _Home.id), attr="organization")
        .join_from(ReportIn, Organization, on=(ReportIn.organization == Organization.id), attr="organization")
    )


def report_in_shape(caller: Caller, found: Any) -> ReportInShape:
    """One report-in with what the caller may do now."""
    (shape,) = _shapes(caller, [found])
    return shape


def _shapes(caller: Caller, rows: Iterable[Any]) -> list[ReportInShape]:
    rows = list(rows)
    accounts = [row.member.account_id for row in rows if row.member.account_id is not None]
    skills, windows = skills_of(HandlerSkill, "account", accounts), windows_of(accounts)
    return [
        ReportInShape(
            id=row.public_id,
            kind=ReportInKind(row.kind),
            kind_label=KIND_LABELS[ReportInKind(row.kind)],
            state=ReportInState(row.state),
            state_label=STATE_LABELS[ReportInState(row.state)],
            member=row.member.public_id,
            member_name=row.member.name,
            home=brief(row.member.organization),
            organization=brief(row.organization),
            post=row.post,
            note=row.note,
            skills=skills.get(row.member.account_id, []),
            free_hours=windows.get(row.member.account_id, []),
            refusal=row.refusal,
            reported_at=row.reported_at,
            decided_at=row.decided_at,
            left_at=row.left_at,
            actions=_actions(caller, row),
        )
        for row in rows
    ]


def _actions(caller: Caller, row: Any) -> list[str]:
    keeps = caller.may(Right.KEEP_FLOATING, row.organization.path)
    decides = keeps and row.state == ReportInState.REPORTED
    leaves = row.in_force == 1 and (keeps or caller.member_id == row.member_id)
    return [*(["confirm", "refuse"] if decides else []), *(["leave"] if leaves else [])]
