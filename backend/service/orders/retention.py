"""What is let go of a year after an order was closed: pictures, whom to call where, and what was said of others."""

from datetime import datetime, timedelta
from typing import Any

import peewee as pw

from backend.core.database import in_unit_of_work, rows_of
from backend.media.models import Media
from backend.service.models import OrderCallBack, OrderFollowUp, OrderLog, OrderMedia, OrderRating, ServiceOrder
from backend.service.orders.workflow import Action, Actor
from backend.tally.rules import Rule

KEPT = Rule(timedelta(days=365), "办结后保存", "本系统设定：一年内可复核、申诉；《个人信息保护法》§19")
BATCH = 200
NOBODY: dict[str, Any] = {
    "contact_name": None,
    "contact_phone": None,
    "beneficiary_name": None,
    "beneficiary_phone": None,
    "beneficiary_relation": None,
    "lat": None,
    "lng": None,
}
FORGOTTEN = "（已清除）"
WORDLESS: dict[str, Any] = {
    "title": FORGOTTEN,
    "description": FORGOTTEN,
    "place_text": FORGOTTEN,
    "answers": None,
    "board_text": None,
}
# steps at which the branch writes down what it has heard
HEARD = (Action.WRITE_DOWN, Action.CALL_BACK, Action.FOLLOW_UP)


def drop_photos(*, now: datetime) -> int:
    """Untie the pictures of orders that were closed a year ago; the purge of unused files takes them then."""

    def work() -> int:
        old = OrderMedia.select(OrderMedia.id, OrderMedia.media).join(ServiceOrder).where(_over(now)).limit(BATCH)
        found = rows_of(old)
        OrderMedia.delete().where(OrderMedia.id.in_([row for row, _ in found])).execute()
        untied = [media for _, media in found]
        still = OrderMedia.select(OrderMedia.media).where(OrderMedia.media.in_(untied))
        Media.update(attached_at=None).where(Media.id.in_(untied), Media.id.not_in(still)).execute()
        return len(found)

    return _until_done(work)


def drop_contacts(*, now: datetime) -> int:
    """Blank whom to call and where exactly, of the requester and of whomever he asked for; and all the words of a
    request for somebody else, who has not written them himself."""

    def work() -> int:
        known = ServiceOrder.contact_name.is_null(False) | ServiceOrder.beneficiary_name.is_null(False)
        placed = ServiceOrder.lat.is_null(False) | ServiceOrder.contact_phone.is_null(False)
        old = ServiceOrder.select(ServiceOrder.id).where(_over(now), known | placed).limit(BATCH)
        ids = [row for (row,) in rows_of(old)]
        _forget_words(ids)
        ServiceOrder.update(NOBODY).where(ServiceOrder.id.in_(ids)).execute()
        return len(ids)

    return _until_done(work)


def _forget_words(ids: list[int]) -> None:
    """What a proxy wrote of somebody else, in the request and on the way, and what that person said when called."""
    proxied = ServiceOrder.id.in_(ids) & ServiceOrder.beneficiary_name.is_null(False)
    theirs = [row for (row,) in rows_of(ServiceOrder.select(ServiceOrder.id).where(proxied))]
    ServiceOrder.update(WORDLESS).where(ServiceOrder.id.in_(theirs)).execute()
    said = (OrderLog.part == Actor.REQUESTER) | OrderLog.action.in_(HEARD)
    OrderLog.update(note=None).where(OrderLog.order.in_(theirs), said).execute()
    for table, words in ((OrderCallBack, "note"), (OrderFollowUp, "note"), (OrderRating, "comment")):
        table.update({words: None}).where(table.order.in_(theirs)).execute()


def _until_done(work: Any) -> int:
    total = 0
    while some := in_unit_of_work(work):
        total += some
    return int(total)


def _over(now: datetime) -> pw.Expression:
    return ServiceOrder.closed_at < now - KEPT.value
