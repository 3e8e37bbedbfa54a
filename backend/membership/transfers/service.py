"""Asking for a transfer, taking it over, declining it, taking it back."""

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import peewee as pw

from backend.core.clock import local_day
from backend.core.crypto import mask_name, new_public_id
from backend.core.database import in_unit_of_work, insert_row, update_exactly_one
from backend.core.errors import Conflict, Forbidden, NotFound, invalid_field
from backend.membership.away.engine import BY_SYSTEM, Plan, advance, allowed
from backend.membership.away.models import MemberFlow
from backend.membership.away.reading import flow_shape
from backend.membership.away.schemas import StartTransfer
from backend.membership.away.shapes import FlowShape
from backend.membership.away.standing import find_scene
from backend.membership.away.steps import leave_host
from backend.membership.away.workflow import TRANSITIONS, FlowState, FlowStep
from backend.membership.transfers.models import AffiliationTransfer, TransferState
from backend.membership.transfers.reading import find_transfer, transfer_shape
from backend.membership.transfers.schemas import AskTransfer, DeclineTransfer, TransferShape
from backend.messaging import outbox
from backend.people.access import find_organization, refuse_closed, require
from backend.people.exemptions.models import MemberExemption
from backend.people.memberships import close_membership, open_membership
from backend.people.models import Account, Member, MembershipKind, Organization, OrganizationKind
from backend.people.permissions import Caller, Right


def ask_transfer(caller: Caller, code: str, body: AskTransfer, *, now: datetime) -> TransferShape:
    """The sender asks the receiver; 409 while another transfer of the member is under way."""
    sender = find_organization(code)
    require(caller, Right.KEEP_ROSTER, sender)
    member: Member | None = Member.get_or_none(Member.public_id == body.member, Member.organization == sender.id)
    if member is None:
        raise NotFound("member_not_found", "本支部名册里没有这位党员")
    receiver = _receiver(body.receiver, sender)
    public_id = _in_one_go(partial(_ask, caller, member, receiver, body.reason, now))
    return transfer_shape(caller, find_transfer(caller, public_id))


def transfer_away(caller: Caller, flow_id: str, body: StartTransfer, *, timezone: ZoneInfo, now: datetime) -> FlowShape:
    """Home starts the transfer of a member away: to his host, or to another organisation."""
    scene = find_scene(caller, flow_id, timezone=timezone, now=now)
    row, hand = allowed(scene, FlowStep.TRANSFER)
    flow = scene.flow
    code = body.organization or (flow.host.code if flow.host_id else None)
    if code is None:
        raise invalid_field("organization", "missing", "他还没有向流入地报到，请指明接收党组织")
    receiver = _receiver(code, flow.home)

    def work() -> str:
        advance(flow, row, hand, Plan(note=f"向{receiver.name}发起转接"), now=now)
        return _ask(caller, flow.member, receiver, body.reason, now)

    _in_one_go(work)
    return flow_shape(find_scene(caller, flow_id, timezone=timezone, now=now))


def _receiver(code: str, sender: Organization) -> Organization:
    receiver = find_organization(code)
    refuse_closed(receiver)
    if receiver.id == sender.id:
        raise invalid_field("receiver", "own_branch", "接收党组织不能是本支部")
    if receiver.kind == OrganizationKind.CELL:
        raise invalid_field("receiver", "no_receiver", "组织关系应转到党支部或上级党组织，党小组不能接收")
    return receiver


def _in_one_go(work: Any) -> str:
    try:
        return str(in_unit_of_work(work))
    except pw.IntegrityError:
        raise Conflict("transfer_under_way", "这名党员的另一次组织关系转接还没有办结") from None


def _ask(caller: Caller, member: Member, receiver: Organization, reason: str, now: datetime) -> str:
    public_id = new_public_id()
    insert_row(
        AffiliationTransfer,
        public_id=public_id,
        member=member.id,
        sender=member.organization_id,
        receiver=receiver.id,
        state=TransferState.ASKED,
        in_force=1,
        reason=reason,
        asked_by=caller.account_id,
        asked_at=now,
    )
    _tell("transfer.asked", AffiliationTransfer.get(AffiliationTransfer.public_id == public_id), receiver.id, now)
    return public_id


def accept_transfer(caller: Caller, public_id: str, *, timezone: ZoneInfo, now: datetime) -> TransferShape:
    """The receiver answers for the member from today; his stay away, if any, ends with it. 403 for who asked."""
    transfer = _find_to_decide(caller, public_id)
    today = local_day(now, timezone)

    def work() -> None:
        _decide(transfer, caller, TransferState.ACCEPTED, now)
        _move(transfer, today)
        _end_stay(transfer, today, now)
        more = {"on": today.isoformat()}
        _tell("transfer.accepted", transfer, transfer.sender_id, now, **more)

    in_unit_of_work(work)
    return transfer_shape(caller, find_transfer(caller, public_id))


def _move(transfer: Any, today: date) -> None:
    member, sender, receiver = transfer.member_id, transfer.sender_id, transfer.receiver_id
    at_home = Member.update(organization=receiver).where(Member.id == member, Member.organization == sender)
    update_exactly_one(at_home, lost=lambda: Conflict("no_longer_here", "这名党员已不在转出支部的名册上"))
    Account.update(organization=receiver).where(
        Account.id == transfer.member.account_id, Account.organization == sender
    ).execute()
    MemberExemption.update(organization=receiver).where(
        MemberExemption.member == member, MemberExemption.in_force == 1
    ).execute()
    yesterday = today - timedelta(days=1)
    close_membership(member, sender, MembershipKind.HOME, until=yesterday)
    close_membership(member, receiver, MembershipKind.HOST, until=yesterday)
    open_membership(member, receiver, MembershipKind.HOME, since=today)


def _end_stay(transfer: Any, today: date, now: datetime) -> None:
    flow = MemberFlow.get_or_none(MemberFlow.member == transfer.member_id, MemberFlow.in_force == 1)
    if flow is not None:
        row = TRANSITIONS[FlowState(flow.state), FlowStep.TRANSFERRED]
        leave = partial(leave_host, flow, today - timedelta(days=1), now)
        advance(flow, row, BY_SYSTEM, Plan(note=f"组织关系转至{transfer.receiver.name}", also=leave), now=now)


def decline_transfer(caller: Caller, public_id: str, body: DeclineTransfer, *, now: datetime) -> TransferShape:
    """The receiver does not take it, with a reason that the organisation above reads (clause 25)."""
    transfer = _find_to_decide(caller, public_id)

    def work() -> None:
        _decide(transfer, caller, TransferState.DECLINED, now, refusal=body.reason)
        _tell("transfer.declined", transfer, transfer.sender_id, now, reason=body.reason)
        _tell("transfer.refusal_seen", transfer, transfer.receiver_id, now, reason=body.reason)

    in_unit_of_work(work)
    return transfer_shape(caller, find_transfer(caller, public_id))


def withdraw_transfer(caller: Caller, public_id: str, *, now: datetime) -> TransferShape:
    """The sender takes it back."""
    transfer = find_transfer(caller, public_id)
    if not caller.may(Right.KEEP_ROSTER, transfer.sender.path):
        raise Forbidden()
    in_unit_of_work(lambda: _decide(transfer, caller, TransferState.WITHDRAWN, now))
    return transfer_shape(caller, find_transfer(caller, public_id))


def _find_to_decide(caller: Caller, public_id: str) -> Any:
    transfer = find_transfer(caller, public_id)
    if not caller.may(Right.KEEP_ROSTER, transfer.receiver.path):
        raise Forbidden()
    if transfer.asked_by_id == caller.account_id:
        raise Forbidden("own_request", "发起和接收不能是同一个人，请接收支部的负责人办理")
    return transfer


def _decide(transfer: Any, caller: Caller, state: TransferState, now: datetime, refusal: str | None = None) -> None:
    standing = AffiliationTransfer.update(
        state=state, in_force=None, decided_by=caller.account_id, decided_at=now, refusal=refusal
    ).where(AffiliationTransfer.id == transfer.id, AffiliationTransfer.state == TransferState.ASKED)
    update_exactly_one(standing, lost=lambda: Conflict("already_decided", "这次转接已经有了结果，请刷新后再看"))


def _tell(topic: str, transfer: Any, organization_id: int, now: datetime, **more: Any) -> None:
    facts = {
        "id": transfer.public_id,
        "member": mask_name(transfer.member.name),
        "sender": transfer.sender.name,
        "receiver": transfer.receiver.name,
        **more,
    }
    outbox.enqueue(
        topic,
        facts,
        key=f"{topic}:{transfer.public_id}",
        organization_id=organization_id,
        people={"member": [transfer.member.account_id]},
        now=now,
    )
