"""What is let go of a year after an order was closed: pictures, and who can be called where."""

from datetime import datetime, timedelta
from typing import Any

import peewee as pw

from backend.core.database import in_unit_of_work, rows_of
from backend.media.models import Media
from backend.service.models import OrderMedia, ServiceOrder
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
    """Blank whom to call and where exactly, of the requester and of whomever he asked for."""

    def work() -> int:
        known = ServiceOrder.contact_name.is_null(False) | ServiceOrder.beneficiary_name.is_null(False)
        placed = ServiceOrder.lat.is_null(False) | ServiceOrder.contact_phone.is_null(False)
        old = ServiceOrder.select(ServiceOrder.id).where(_over(now), known | placed).limit(BATCH)
        ids = [row for (row,) in rows_of(old)]
        ServiceOrder.update(NOBODY).where(ServiceOrder.id.in_(ids)).execute()
        return len(ids)

    return _until_done(work)


def _until_done(work: Any) -> int:
    total = 0
    while some := in_unit_of_work(work):
        total += some
    return int(total)


def _over(now: datetime) -> pw.Expression:
    return ServiceOrder.closed_at < now - KEPT.value
