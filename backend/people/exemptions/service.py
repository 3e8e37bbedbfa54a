"""Asking for exemptions, deciding on them by somebody else, ending them, reading why."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import peewee as pw

from backend.core import audit
from backend.core.crypto import new_public_id, opened
from backend.core.database import in_unit_of_work, insert_row, update_exactly_one
from backend.core.errors import Conflict, Forbidden, NotFound
from backend.core.pages import Page, PageQuery, cursor_number, page_by_id
from backend.people.access import find_organization, require
from backend.people.directory import brief
from backend.people.exemptions.models import ExemptionState, MemberExemption
from backend.people.exemptions.schemas import (
    REASON_LABELS,
    AskExemption,
    DecideExemption,
    ExemptionQuery,
    ExemptionReason,
    ExemptionShape,
    RevealExemption,
)
from backend.people.exemptions.standing import RULE
from backend.people.models import Account, Member, Organization
from backend.people.permissions import Caller, Right

STATE_LABELS = {
    ExemptionState.ASKED: "待审批",
    ExemptionState.APPROVED: "已同意",
    ExemptionState.DENIED: "未同意",
    ExemptionState.ENDED: "已终止",
}


def ask_exemption(caller: Caller, code: str, body: AskExemption, *, today: date, now: datetime) -> ExemptionShape:
    """Ask for one of the branch's own members; somebody else approves. 409 while another one is open."""
    organization = find_organization(code)
    require(caller, Right.KEEP_EXEMPTIONS, organization)
    member: Member | None = Member.get_or_none(Member.public_id == body.member, Member.organization == organization.id)
    if member is None:
        raise NotFound("member_not_found", "本支部没有这位党员")
    public_id = new_public_id()

    def work() -> None:
        MemberExemption.update(in_force=None).where(
            MemberExemption.member == member.id, MemberExemption.until_on < today
        ).execute()
        insert_row(
            MemberExemption,
            **body.model_dump(exclude={"member"}),
            public_id=public_id,
            member=member.id,
            organization=organization.id,
            state=ExemptionState.ASKED,
            in_force=1,
            asked_by=caller.account_id,
            asked_at=now,
        )

    try:
        in_unit_of_work(work)
    except pw.IntegrityError:
        raise Conflict("already_exempt", "这名党员已有一份有效或待审批的申请") from None
    return _shape(caller, _find(caller, public_id))


def list_exemptions(caller: Caller, code: str, query: ExemptionQuery) -> Page[ExemptionShape]:
    """Of one organisation, the newest first, without the reasons."""
    organization = find_organization(code)
    require(caller, Right.KEEP_EXEMPTIONS, organization)
    rows = _exemptions().where(MemberExemption.organization == organization.id)
    if query.state is not None:
        rows = rows.where(MemberExemption.state == query.state)
    return _page(caller, rows, query, reveal=False)


def asked_at(organization_ids: Sequence[int]) -> "pw.ModelSelect[Any]":
    """Exemptions that nobody has decided on: a query to be counted."""
    return MemberExemption.select(MemberExemption.id).where(
        MemberExemption.organization.in_(organization_ids), MemberExemption.state == ExemptionState.ASKED
    )


def list_own(caller: Caller, query: PageQuery) -> Page[ExemptionShape]:
    """One's own, with the reasons."""
    rows = _exemptions().where(MemberExemption.member == (caller.member_id or 0))
    return _page(caller, rows, query, reveal=True)


def _page(caller: Caller, rows: "pw.ModelSelect[Any]", query: PageQuery, *, reveal: bool) -> Page[ExemptionShape]:
    before = cursor_number(query.cursor)
    if before is not None:
        rows = rows.where(MemberExemption.id < before)
    found, more = page_by_id(list(rows.order_by(MemberExemption.id.desc()).limit(query.limit + 1)), query.limit)
    return Page([_shape(caller, row, reveal=reveal) for row in found], more)


def decide_exemption(
    caller: Caller, public_id: str, state: ExemptionState, body: DecideExemption, *, today: date, now: datetime
) -> ExemptionShape:
    """Approve, deny or end with today; 403 for whoever asked (save to end it) and for the member himself."""
    exemption = _find(caller, public_id)
    if state is not ExemptionState.ENDED and not _is_another(caller, exemption):
        raise Forbidden("own_request", "审批人不能是申请人，也不能是本人，请支部其他委员或上级党组织审批")
    before = ExemptionState.APPROVED if state is ExemptionState.ENDED else ExemptionState.ASKED
    changes: dict[str, Any] = {
        "state": state,
        "decided_by": caller.account_id,
        "decided_at": now,
        "decision_note": body.note,
    }
    if state is not ExemptionState.APPROVED:
        changes["in_force"] = None
    if state is ExemptionState.ENDED:
        changes["until_on"] = min(today, exemption.until_on)
    standing = MemberExemption.update(changes).where(
        MemberExemption.id == exemption.id, MemberExemption.state == before
    )

    def work() -> None:
        update_exactly_one(standing, lost=lambda: Conflict("already_decided", "这份申请的状态已变化，请刷新后再看"))
        _record(f"exemption.{state}", exemption, caller, STATE_LABELS[state], now)

    in_unit_of_work(work)
    return _shape(caller, _find(caller, public_id))


def reveal_exemption(caller: Caller, public_id: str, body: RevealExemption, *, now: datetime) -> ExemptionShape:
    """The reason in clear; who read it and what for is logged first."""
    exemption = _find(caller, public_id)
    in_unit_of_work(lambda: _record("exemption.reveal", exemption, caller, body.purpose, now))
    return _shape(caller, exemption, reveal=True)


def _is_another(caller: Caller, exemption: Any) -> bool:
    return exemption.asked_by_id != caller.account_id and bool(exemption.member_id != caller.member_id)


def _record(action: str, exemption: Any, caller: Caller, purpose: str, now: datetime) -> None:
    subject = audit.Subject(f"exemption:{exemption.public_id}", exemption.organization_id, exemption.member.account_id)
    audit.record(action, subject, actor_id=caller.account_id, purpose=purpose, now=now)


def _exemptions() -> "pw.ModelSelect[Any]":
    return (
        MemberExemption.select(MemberExemption, Member, Organization, Account)
        .join_from(MemberExemption, Member)
        .join_from(MemberExemption, Organization, on=(MemberExemption.organization == Organization.id))
        .join_from(MemberExemption, Account, on=(MemberExemption.asked_by == Account.id), attr="asked_by")
    )


def _find(caller: Caller, public_id: str) -> Any:
    exemption = _exemptions().where(MemberExemption.public_id == public_id).first()
    if exemption is None or not caller.may(Right.KEEP_EXEMPTIONS, exemption.organization.path):
        raise NotFound()
    return exemption


def _shape(caller: Caller, row: Any, *, reveal: bool = False) -> ExemptionShape:
    state = ExemptionState(row.state)
    reason = ExemptionReason(opened(row.reason) or "") if reveal else None
    return ExemptionShape(
        id=row.public_id,
        member=row.member.public_id,
        member_name=row.member.name,
        organization=brief(row.organization),
        state=state,
        state_label=STATE_LABELS[state],
        since_on=row.since_on,
        until_on=row.until_on,
        reason=reason,
        reason_label=REASON_LABELS[reason] if reason else None,
        note=opened(row.note) if reveal else None,
        asked_by=row.asked_by.display_name,
        asked_at=row.asked_at,
        decided_at=row.decided_at,
        decision_note=row.decision_note,
        actions=_actions(caller, row, state),
        rule=RULE,
    )


def _actions(caller: Caller, row: Any, state: ExemptionState) -> list[str]:
    if not caller.may(Right.KEEP_EXEMPTIONS, row.organization.path):
        return []
    decides = state is ExemptionState.ASKED and _is_another(caller, row)
    return [
        *(["approve", "deny"] if decides else []),
        *(["end"] if state is ExemptionState.APPROVED else []),
        "reveal",
    ]
