"""A moderator withholds a picture of an order from everybody but moderators, with a reason, and may show it again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import peewee as pw

from backend.core import audit
from backend.core.database import in_unit_of_work, update_exactly_one
from backend.core.errors import Conflict, Forbidden, NotFound
from backend.media.models import Media
from backend.messaging import outbox
from backend.people.permissions import Caller, Right
from backend.service.models import OrderMedia
from backend.service.orders.facts import order_facts
from backend.service.orders.judging import ShowPicture, WithholdPicture
from backend.service.orders.loading import Attachment, Case, read_case
from backend.service.orders.shapes import OrderShape
from backend.service.orders.standing import must_see, standing_of
from backend.service.orders.views import order_shape


@dataclass(frozen=True)
class _Wish:
    """What a moderator wants of which picture, from which standing on, and why."""

    topic: str
    number: str
    picture_id: str
    values: dict[str, Any]
    before: pw.Expression
    reason: str


def withhold_picture(
    number: str, picture_id: str, body: WithholdPicture, *, caller: Caller, timezone: ZoneInfo, now: datetime
) -> OrderShape:
    """Only moderators get links to it from now on; those given before end within three hours.

    404 for an order that does not concern the caller and for a picture of another one, 403 for who does not moderate
    there, 409 where it stands so already. The uploader is told why.
    """
    values = {"withheld_at": now, "withheld_by": caller.account_id, "withheld_reason": body.reason}
    shown = OrderMedia.withheld_at.is_null()
    wish = _Wish("order.picture_withheld", number, picture_id, values, shown, body.reason)
    return in_unit_of_work(lambda: _change(wish, caller, timezone, now))


def show_picture(
    number: str, picture_id: str, body: ShowPicture, *, caller: Caller, timezone: ZoneInfo, now: datetime
) -> OrderShape:
    """Shown again to whom the order concerns; refuses like `withhold_picture`."""
    values = {"withheld_at": None, "withheld_by": None, "withheld_reason": None}
    withheld = OrderMedia.withheld_at.is_null(False)
    reason = body.note or "恢复显示工单照片"
    wish = _Wish("order.picture_shown", number, picture_id, values, withheld, reason)
    return in_unit_of_work(lambda: _change(wish, caller, timezone, now))


def _change(wish: _Wish, caller: Caller, timezone: ZoneInfo, now: datetime) -> OrderShape:
    case, picture = _picture_of(wish, caller, timezone, now)
    order = case.order
    media = Media.select(Media.id).where(Media.public_id == wish.picture_id)
    tied = (OrderMedia.order == order.id) & OrderMedia.media.in_(media) & wish.before
    update_exactly_one(OrderMedia.update(wish.values).where(tied), lost=_stands_so)
    audit.record(
        wish.topic,
        audit.Subject(f"media:{wish.picture_id}", order.organization_id, picture.uploader_id),
        actor_id=caller.account_id,
        purpose=wish.reason,
        now=now,
    )
    outbox.enqueue(
        wish.topic,
        order_facts(order, at=now, timezone=timezone) | {"reason": wish.reason},
        key=f"{wish.topic}:{order.id}:{wish.picture_id}:{now:%Y%m%dT%H%M%S%f}",
        organization_id=order.organization_id,
        people={"author": [picture.uploader_id]},
        now=now,
    )
    after = read_case(wish.number, caller=caller, timezone=timezone, now=now)
    return order_shape(after, caller=caller, standing=standing_of(caller, after.order), reveal=False, now=now)


def _picture_of(wish: _Wish, caller: Caller, timezone: ZoneInfo, now: datetime) -> tuple[Case, Attachment]:
    case = read_case(wish.number, caller=caller, timezone=timezone, now=now)
    must_see(standing_of(caller, case.order))
    if not caller.may(Right.MODERATE, case.order.organization_path):
        raise Forbidden()
    found = next((one for one in case.pictures if one.public_id == wish.picture_id), None)
    if found is None:
        raise NotFound("picture_not_found", "这张工单里没有这张照片")
    return case, found


def _stands_so() -> Conflict:
    return Conflict("already_decided", "这张照片已经这样处理过了")
