"""Asking for a correction of the roster and deciding it (个人信息保护法 §46)."""

from datetime import date, datetime
from typing import Any

import peewee as pw

from backend.core import audit
from backend.core.crypto import mask_name, new_public_id, opened
from backend.core.database import in_unit_of_work, update_exactly_one
from backend.core.errors import Conflict, Forbidden, NotFound
from backend.core.pages import Page, PageQuery, cursor_number, page_by_id
from backend.membership.corrections.models import CorrectionField, CorrectionRequest, CorrectionState
from backend.membership.corrections.schemas import AskCorrection, CorrectionQuery, CorrectionShape, DecideCorrection
from backend.membership.corrections.values import LABELS, checked, columns, masked
from backend.messaging import outbox
from backend.people.access import find_organization, require
from backend.people.directory import brief
from backend.people.models import Member, Organization
from backend.people.permissions import Caller, Right

STATE_LABELS = {
    CorrectionState.ASKED: "已提交，等待党组织核实",
    CorrectionState.APPROVED: "已更正",
    CorrectionState.DENIED: "未更正",
}


def ask_correction(caller: Caller, body: AskCorrection, *, today: date, now: datetime) -> CorrectionShape:
    """Hand in a request; 409 for who is no member or has one waiting for this field, 422 for an impossible value."""
    if caller.member_id is None or caller.branch_id is None:
        raise Conflict("not_a_member", "只有名册上的党员可以申请更正；账号信息请在“我的”里修改")
    value = checked(body.field, body.value, today=today)

    def work() -> CorrectionRequest:
        request: CorrectionRequest = CorrectionRequest.create(
            public_id=new_public_id(),
            member=caller.member_id,
            organization=caller.branch_id,
            asked_by=caller.account_id,
            field=body.field,
            value=value,
            reason=body.reason,
            waiting=1,
            state=CorrectionState.ASKED,
            asked_at=now,
        )
        _tell("correction.asked", find_request(request.public_id), now)
        return request

    try:
        made = in_unit_of_work(work)
    except pw.IntegrityError:
        raise Conflict("correction_waits", "这一项已经提交过，正在等待核实") from None
    return _shape(find_request(made.public_id), own=True)


def own_corrections(caller: Caller, query: PageQuery) -> Page[CorrectionShape]:
    """One's own requests, newest first."""
    return _page(CorrectionRequest.asked_by == caller.account_id, query, own=True)


def list_corrections(caller: Caller, code: str, query: CorrectionQuery) -> Page[CorrectionShape]:
    """The requests of an organisation's members, for those who keep its roster."""
    organization = find_organization(code)
    require(caller, Right.KEEP_ROSTER, organization)
    condition = CorrectionRequest.organization == organization.id
    if query.state is not None:
        condition &= CorrectionRequest.state == query.state
    return _page(condition, query, own=False)


def approve_correction(caller: Caller, public_id: str, body: DecideCorrection, *, now: datetime) -> CorrectionShape:
    """Write the value into the roster; 409 when it is decided already or the number is somebody else's."""
    request = _to_decide(caller, public_id)
    values = columns(CorrectionField(request.field), opened(request.value) or "")

    def work() -> None:
        _decide(request, CorrectionState.APPROVED, caller, body, now)
        Member.update(**values).where(Member.id == request.member_id).execute()

    try:
        in_unit_of_work(work)
    except pw.IntegrityError:
        raise Conflict("identity_taken", "名册里已有另一名党员是这个身份证号，请核实") from None
    return _shape(find_request(public_id), own=False)


def deny_correction(caller: Caller, public_id: str, body: DecideCorrection, *, now: datetime) -> CorrectionShape:
    """Leave the roster as it is; the asker reads the note."""
    request = _to_decide(caller, public_id)
    in_unit_of_work(lambda: _decide(request, CorrectionState.DENIED, caller, body, now))
    return _shape(find_request(public_id), own=False)


def _decide(
    request: CorrectionRequest, state: CorrectionState, caller: Caller, body: DecideCorrection, now: datetime
) -> None:
    asked = (CorrectionRequest.id == request.id) & (CorrectionRequest.state == CorrectionState.ASKED)
    decided = {"state": state, "waiting": None, "decided_by": caller.account_id, "decided_at": now, "note": body.note}
    update_exactly_one(
        CorrectionRequest.update(**decided).where(asked),
        lost=lambda: Conflict("correction_already_decided", "这份申请已经有了结果"),
    )
    subject = audit.Subject(f"member:{request.member.public_id}", request.organization_id, request.asked_by_id)
    purpose = f"{LABELS[CorrectionField(request.field)]}：{request.reason}"[:200]
    audit.record(f"correction.{state}", subject, actor_id=caller.account_id, purpose=purpose, now=now)
    _tell(f"correction.{state}", request, now)


def _to_decide(caller: Caller, public_id: str) -> CorrectionRequest:
    request = find_request(public_id)
    require(caller, Right.KEEP_ROSTER, request.organization)
    if request.asked_by_id == caller.account_id:
        raise Forbidden("own_correction", "不能审批自己的更正申请，请由委员会其他同志或上级办理")
    return request


def find_request(public_id: str) -> CorrectionRequest:
    """The request with its member and organisation; raises NotFound."""
    request: CorrectionRequest | None = _requests().where(CorrectionRequest.public_id == public_id).first()
    if request is None:
        raise NotFound()
    return request


def _requests() -> "pw.ModelSelect[CorrectionRequest]":
    rows: pw.ModelSelect[CorrectionRequest] = (
        CorrectionRequest.select(CorrectionRequest, Member, Organization)
        .join(Member)
        .join_from(CorrectionRequest, Organization)
    )
    return rows


def _page(condition: Any, query: PageQuery, *, own: bool) -> Page[CorrectionShape]:
    rows = _requests().where(condition)
    before = cursor_number(query.cursor)
    if before is not None:
        rows = rows.where(CorrectionRequest.id < before)
    found, cursor = page_by_id(list(rows.order_by(CorrectionRequest.id.desc()).limit(query.limit + 1)), query.limit)
    return Page([_shape(row, own=own) for row in found], cursor)


def _shape(request: CorrectionRequest, *, own: bool) -> CorrectionShape:
    field, state, value = CorrectionField(request.field), CorrectionState(request.state), opened(request.value) or ""
    return CorrectionShape(
        id=request.public_id,
        field=field,
        label=LABELS[field],
        member=request.member.name,
        value=value if own else masked(field, value),
        reason=request.reason,
        state=state,
        state_label=STATE_LABELS[state],
        organization=brief(request.organization),
        asked_at=request.asked_at,
        decided_at=request.decided_at,
        note=request.note,
    )


def _tell(topic: str, request: CorrectionRequest, now: datetime) -> None:
    organization = request.organization
    facts = {"name": mask_name(request.member.name), "field": LABELS[CorrectionField(request.field)]}
    outbox.enqueue(
        topic,
        {**facts, "organization": organization.name, "code": organization.code},
        key=f"{topic}:{request.public_id}",
        organization_id=request.organization_id,
        people={"asker": [request.asked_by_id]},
        now=now,
    )
