"""Transfers of affiliation over HTTP."""

from flask import Blueprint

from backend.core.http import endpoint, now, settings
from backend.core.pages import Page
from backend.membership.away.schemas import StartTransfer
from backend.membership.away.shapes import FlowShape
from backend.membership.transfers import reading, service
from backend.membership.transfers.schemas import AskTransfer, DeclineTransfer, TransferQuery, TransferShape
from backend.people.caller import current_caller

bp = Blueprint("transfers", __name__, url_prefix="/api/v1")


@bp.post("/organizations/<code>/transfers")
@endpoint(body=AskTransfer, returns=TransferShape, status=201)
def ask_transfer(code: str, body: AskTransfer) -> TransferShape:
    """Ask another organisation to take a member's affiliation over."""
    return service.ask_transfer(current_caller(), code, body, now=now())


@bp.get("/organizations/<code>/transfers")
@endpoint(query=TransferQuery, returns=Page[TransferShape])
def list_transfers(code: str, query: TransferQuery) -> Page[TransferShape]:
    """What an organisation sent, or is asked to receive."""
    return reading.list_transfers(current_caller(), code, query)


@bp.post("/floating-records/<flow_id>/transfer")
@endpoint(body=StartTransfer, returns=FlowShape)
def transfer_flow(flow_id: str, body: StartTransfer) -> FlowShape:
    """Start the transfer of a member away (transfer)."""
    return service.transfer_away(current_caller(), flow_id, body, timezone=settings().timezone, now=now())


@bp.post("/transfers/<transfer_id>/accept")
@endpoint(returns=TransferShape)
def accept_transfer(transfer_id: str) -> TransferShape:
    """Take a member over."""
    return service.accept_transfer(current_caller(), transfer_id, timezone=settings().timezone, now=now())


@bp.post("/transfers/<transfer_id>/decline")
@endpoint(body=DeclineTransfer, returns=TransferShape)
def decline_transfer(transfer_id: str, body: DeclineTransfer) -> TransferShape:
    """Do not take him over, for a reason."""
    return service.decline_transfer(current_caller(), transfer_id, body, now=now())


@bp.post("/transfers/<transfer_id>/withdraw")
@endpoint(returns=TransferShape)
def withdraw_transfer(transfer_id: str) -> TransferShape:
    """Take one's request back."""
    return service.withdraw_transfer(current_caller(), transfer_id, now=now())
