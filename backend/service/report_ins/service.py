"""Reporting in to a community, confirming, refusing, leaving."""

from datetime import date, datetime, timedelta
from typing import Any

import peewee as pw

from backend.core.crypto import mask_name, new_public_id
from backend.core.database import in_unit_of_work, insert_row, update_exactly_one
from backend.core.errors import Conflict, Forbidden, NotFound
from backend.membership.away.steps import host_of
from backend.messaging import outbox
from backend.people.memberships import close_membership, open_membership
from backend.people.permissions import Caller, Right
from backend.service.report_ins.models import LIFE, ReportIn, ReportInKind, ReportInState
from backend.service.report_ins.reading import find_report_in, report_in_shape
from backend.service.report_ins.schemas import RefuseReportIn, ReportInShape, ReportToCommunity
from backend.service.teams.profile import write_profile


def report_in(caller: Caller, body: ReportToCommunity, *, now: datetime) -> ReportInShape:
    """Report in to a community; 409 while one of this kind is open, 404 for whoever is no member."""
    if caller.member_id is None or caller.branch_id is None:
        raise NotFound("no_member", "您还没有认领党员身份，请先认领")
    community = host_of(body, caller.branch_id)
    public_id = new_public_id()

    def work() -> None:
        insert_row(
            ReportIn,
            public_id=public_id,
            member=caller.member_id,
            organization=community.id,
            kind=body.kind,
            post=body.post,
            note=body.note,
            state=ReportInState.REPORTED,
            in_force=1,
            reported_at=now,
        )
        if body.profile is not None:
            write_profile(caller.account_id, body.profile)
        _tell("report_in.asked", ReportIn.get(ReportIn.public_id == public_id), now)

    try:
        in_unit_of_work(work)
    except pw.IntegrityError:
        raise Conflict("already_reported_in", "您已经报到过，换社区请先在原报到上选择离开") from None
    return report_in_shape(caller, find_report_in(caller, public_id))


def confirm_report_in(caller: Caller, public_id: str, *, today: date, now: datetime) -> ReportInShape:
    """The community branch takes him in from today."""
    found = _find_to_decide(caller, public_id)

    def work() -> None:
        _decide(found, caller, {"state": ReportInState.CONFIRMED}, now)
        open_membership(found.member_id, found.organization_id, LIFE[ReportInKind(found.kind)], since=today)
        _tell("report_in.decided", found, now, confirmed=True, reason=None)

    in_unit_of_work(work)
    return report_in_shape(caller, find_report_in(caller, public_id))


def refuse_report_in(caller: Caller, public_id: str, body: RefuseReportIn, *, now: datetime) -> ReportInShape:
    """The community branch does not, and says why."""
    found = _find_to_decide(caller, public_id)
    refused = {"state": ReportInState.REFUSED, "in_force": None, "refusal": body.reason}

    def work() -> None:
        _decide(found, caller, refused, now)
        _tell("report_in.decided", found, now, confirmed=False, reason=body.reason)

    in_unit_of_work(work)
    return report_in_shape(caller, find_report_in(caller, public_id))


def leave_community(caller: Caller, public_id: str, *, today: date, now: datetime) -> ReportInShape:
    """He moves away, or the community strikes him off; 403 for everybody else, 409 when it is over already."""
    found = find_report_in(caller, public_id)
    if found.member_id != caller.member_id and not caller.may(Right.KEEP_FLOATING, found.organization.path):
        raise Forbidden()
    standing = ReportIn.update(state=ReportInState.LEFT, in_force=None, left_at=now).where(
        ReportIn.id == found.id, ReportIn.in_force == 1
    )

    def work() -> None:
        update_exactly_one(standing, lost=_over)
        kind = LIFE[ReportInKind(found.kind)]
        close_membership(found.member_id, found.organization_id, kind, until=today - timedelta(days=1))

    in_unit_of_work(work)
    return report_in_shape(caller, find_report_in(caller, public_id))


def _find_to_decide(caller: Caller, public_id: str) -> Any:
    found = find_report_in(caller, public_id)
    if not caller.may(Right.KEEP_FLOATING, found.organization.path):
        raise Forbidden()
    return found


def _decide(found: Any, caller: Caller, changes: dict[str, Any], now: datetime) -> None:
    standing = ReportIn.update(decided_by=caller.account_id, decided_at=now, **changes).where(
        ReportIn.id == found.id, ReportIn.state == ReportInState.REPORTED
    )
    update_exactly_one(standing, lost=_over)


def _over() -> Conflict:
    return Conflict("already_decided", "这次报到的状态已变化，请刷新后再看")


def _tell(topic: str, found: Any, now: datetime, **more: Any) -> None:
    outbox.enqueue(
        topic,
        {
            "id": found.public_id,
            "member": mask_name(found.member.name),
            "organization": found.organization.name,
            **more,
        },
        key=f"{topic}:{found.public_id}",
        organization_id=found.organization_id,
        people={"member": [found.member.account_id]},
        now=now,
    )
