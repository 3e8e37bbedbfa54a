"""Pictures of an order: uploaded before by the same person, marked as used with it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import peewee as pw

from backend.core.errors import invalid_field
from backend.media.checking import attach
from backend.media.models import Media, MediaKind, MediaState
from backend.service.models import OrderMedia
from backend.service.orders.loading import Order, Picture


def find_pictures(public_ids: Sequence[str], *, uploader_id: int) -> list[int]:
    """The ids of pictures that this person uploaded; 422 when one of them is nothing of the kind."""
    wanted = set(public_ids)
    if not wanted:
        return []
    rows: pw.ModelSelect[Any] = Media.select(Media.id, Media.moderation).where(
        Media.public_id.in_(list(wanted)), Media.uploader == uploader_id, Media.kind == MediaKind.PICTURE
    )
    found = list(rows.tuples())
    if len(found) != len(wanted):
        raise invalid_field("attachments", "unknown_media", "请先上传图片，再填写它的编号")
    if any(state == MediaState.REFUSED for _, state in found):
        raise invalid_field("attachments", "refused_media", "有一张图片没有通过内容检查，请换一张")
    return [row_id for row_id, _ in found]


def attach_pictures(order: Order, media_ids: Sequence[int], *, handed_in: bool, now: datetime) -> list[Picture]:
    """Tie pictures to an order, in the unit of work of what uses them; returns them as they are shown."""
    if not media_ids:
        return []
    rows = [{"order": order.id, "media": one, "handed_in": handed_in} for one in media_ids]
    OrderMedia.insert_many(rows).execute()
    attach(media_ids, organization_id=order.organization_id, now=now)
    tied = Media.select().where(Media.id.in_(list(media_ids))).order_by(Media.id)
    return [Picture(one.public_id, one.uploader_id, MediaState(one.moderation), handed_in) for one in tied]
