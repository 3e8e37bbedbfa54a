"""Transfers as the sender, the receiver and those above them see them."""

from typing import Any

import peewee as pw

from backend.core.errors import NotFound
from backend.core.pages import Page, cursor_number, page_by_id
from backend.membership.away.rules import TRANSFER_AFTER
from backend.membership.away.shapes import FlowPerson
from backend.membership.transfers.models import AffiliationTransfer, TransferState
from backend.membership.transfers.schemas import TransferQuery, TransferShape
from backend.people.access import find_organization, require
from backend.people.directory import brief
from backend.people.models import Member, Organization
from backend.people.permissions import Caller, Right

STATE_LABELS = {
    TransferState.ASKED: "待接收",
    TransferState.ACCEPTED: "已接收",
    TransferState.DECLINED: "未接收",
    TransferState.WITHDRAWN: "已撤回",
}
_Receiver = Organization.alias()


def find_transfer(caller: Caller, public_id: str) -> Any:
    """A transfer between rosters one of which the caller keeps; NotFound otherwise."""
    transfer = _transfers().where(AffiliationTransfer.public_id == public_id).first()
    if transfer is None or not _sides(caller, transfer):
        raise NotFound()
    return transfer


def _sides(caller: Caller, transfer: Any) -> set[str]:
    sides = {"sent": transfer.sender, "received": transfer.receiver}
    return {side for side, organization in sides.items() if caller.may(Right.KEEP_ROSTER, organization.path)}


def list_transfers(caller: Caller, code: str, query: TransferQuery) -> Page[TransferShape]:
    """What an organisation asked for, or is asked to take over; the newest first."""
    organization = find_organization(code)
    require(caller, Right.KEEP_ROSTER, organization)
    side = AffiliationTransfer.sender if query.side == "sent" else AffiliationTransfer.receiver
    rows = _transfers().where(side == organization.id)
    if query.state is not None:
        rows = rows.where(AffiliationTransfer.state == query.state)
    before = cursor_number(query.cursor)
    if before is not None:
        rows = rows.where(AffiliationTransfer.id < before)
    found, more = page_by_id(list(rows.order_by(AffiliationTransfer.id.desc()).limit(query.limit + 1)), query.limit)
    return Page([transfer_shape(caller, row) for row in found], more)


def _transfers() -> "pw.ModelSelect[Any]":
    return (
        AffiliationTransfer.select(AffiliationTransfer, Member, Organization, _Receiver)
        .join_from(AffiliationTransfer, Member)
        .join_from(AffiliationTransfer, Organization, on=(AffiliationTransfer.sender == Organization.id), attr="sender")
        .join_from(AffiliationTransfer, _Receiver, on=(AffiliationTransfer.receiver == _Receiver.id), attr="receiver")
    )


def transfer_shape(caller: Caller, transfer: Any) -> TransferShape:
    """A transfer with what the caller may do now."""
    state = TransferState(transfer.state)
    sender, receiver = brief(transfer.sender), brief(transfer.receiver)
    return TransferShape(
        id=transfer.public_id,
        state=state,
        state_label=STATE_LABELS[state],
        member=FlowPerson(id=transfer.member.public_id, name=transfer.member.name),
        sender=sender,
        receiver=receiver,
        responsible=receiver if state is TransferState.ACCEPTED else sender,
        reason=transfer.reason,
        refusal=transfer.refusal,
        asked_at=transfer.asked_at,
        decided_at=transfer.decided_at,
        rule=TRANSFER_AFTER.source,
        actions=_actions(caller, transfer) if state is TransferState.ASKED else [],
    )


def _actions(caller: Caller, transfer: Any) -> list[str]:
    sides = _sides(caller, transfer)
    decides = "received" in sides and transfer.asked_by_id != caller.account_id
    return [*(["accept", "decline"] if decides else []), *(["withdraw"] if "sent" in sides else [])]
