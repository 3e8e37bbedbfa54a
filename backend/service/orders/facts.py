"""What messages may say of an order, masked already: nothing personal, no description, no phone."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from backend.core.clock import local_instant
from backend.core.crypto import mask_name
from backend.service.models import PRESSING
from backend.service.orders.loading import Order
from backend.service.orders.workflow import STATE_LABELS

TO_THE_SECOND, OFFSET = len("2026-11-23T21:13:53"), len("+08:00")
# what each step is called in messages; texts for all of them are in messaging
TOPICS = {
    "submit": "order.submitted",
    "ask-info": "order.info_asked",
    "supply": "order.info_supplied",
    "accept": "order.accepted",
    "refuse": "order.refused",
    "dispatch": "order.dispatched",
    "claim": "order.claimed",
    "decline": "order.declined",
    "first-contact": "order.contacted",
    "progress": "order.progressed",
    "auto-dispatch": "order.dispatched",
    "transfer": "order.transferred",
    "complete": "order.completed",
    "rework": "order.reworked",
    "confirm": "order.closed",
    "cancel": "order.cancelled",
    "merge": "order.merged",
    "add-cohandler": "order.cohandler_added",
    "hold": "order.hold_asked",
    "resume": "order.resumed",
    "extend": "order.extension_asked",
    "return": "order.return_asked",
    "approve": "order.request_approved",
    "deny": "order.request_denied",
    "rule": "order.ruled",
    "refer": "order.referred",
    "close-referred": "order.referral_answered",
    "send-back": "order.sent_back",
    "urge": "order.urged",
    "supervise": "order.supervised",
    "reply": "order.supervision_replied",
    "follow-up": "order.followed_up",
    "reopen": "order.reopened",
    "appeal": "order.appealed",
    "auto-close": "order.closed",
    "claim-expired": "order.claim_expired",
    "expire-info": "order.info_expired",
    "call-back": "order.called_back",
    "write-down": "order.written_down",
    "route": "order.routed",
    "release": "order.released",
}


def order_facts(order: Order, *, at: datetime, timezone: ZoneInfo) -> dict[str, Any]:
    """The facts of every topic. `title` and `place` are for the people concerned, never for a group."""
    return {
        "number": order.number,
        "title": order.title,
        "service_type": order.type_name,
        "place": order.place_text,
        "state": STATE_LABELS[order.state],
        "organization": order.organization_name,
        "handler": mask_name(order.handler_name) if order.handler_name else None,
        "target": order.target_kind,
        "at": local_text(at, timezone),
        "due_at": local_text(order.due_at, timezone),
        "urgent": order.priority in PRESSING,
    }


def local_text(at: datetime | None, timezone: ZoneInfo) -> str | None:
    """An instant as ISO text of the local time zone, to the second."""
    if at is None:
        return None
    text = local_instant(at, timezone)  # which the answer shows, too
    return text[:TO_THE_SECOND] + text[-OFFSET:]


def people_of(order: Order) -> dict[str, list[int | None]]:
    """Whom messages about an order may concern; dispatchers and groups are found from its organisation."""
    return {"requester": [order.requester_id], "handler": [order.handler_id], "offered": [order.target_id]}
