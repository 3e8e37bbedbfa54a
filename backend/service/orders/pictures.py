"""Pictures and the voice note of an order: uploaded before by the same person, marked as used with it."""

from collections.abc import Sequence
from datetime import datetime

from backend.media.checking import attach
from backend.media.models import Media, MediaKind, MediaState
from backend.service.models import OrderMedia, ServiceOrder
from backend.service.orders.loading import Attachment, Order


def attach_media(order: Order, media_ids: Sequence[int], *, handed_in: bool, now: datetime) -> list[Attachment]:
    """Tie files to an order, in the unit of work of what uses them; returns them as they are shown."""
    if not media_ids:
        return []
    tied_to = ServiceOrder.select(ServiceOrder.id).where(ServiceOrder.number == order.number)
    rows = [{"order": tied_to, "media": one, "handed_in": handed_in} for one in media_ids]
    OrderMedia.insert_many(rows).execute()
    attach(media_ids, organization_id=order.organization_id, now=now)
    tied = Media.select().where(Media.id.in_(list(media_ids))).order_by(Media.id)
    return [
        Attachment(
            one.public_id,
            one.uploader_id,
            MediaKind(one.kind),
            MediaState(one.moderation),
            handed_in,
            one.duration_ms,
            one.thumbnail,
        )
        for one in tied
    ]
