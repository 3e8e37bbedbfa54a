"""Pictures of an order: uploaded before by the same person, marked as used with it."""

from collections.abc import Sequence
from datetime import datetime

from backend.media.checking import attach
from backend.media.models import Media, MediaState
from backend.service.models import OrderMedia
from backend.service.orders.loading import Order, Picture


def attach_pictures(order: Order, media_ids: Sequence[int], *, handed_in: bool, now: datetime) -> list[Picture]:
    """Tie pictures to an order, in the unit of work of what uses them; returns them as they are shown."""
    if not media_ids:
        return []
    rows = [{"order": order.id, "media": one, "handed_in": handed_in} for one in media_ids]
    OrderMedia.insert_many(rows).execute()
    attach(media_ids, organization_id=order.organization_id, now=now)
    tied = Media.select().where(Media.id.in_(list(media_ids))).order_by(Media.id)
    return [Picture(one.public_id, one.uploader_id, MediaState(one.moderation), handed_in) for one in tied]
