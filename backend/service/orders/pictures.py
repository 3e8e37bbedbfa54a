"""Pictures of an order: uploaded before by the same person, marked as used with it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import peewee as pw

from backend.core.errors import invalid_field
from backend.media.models import Media, MediaKind
from backend.media.service import attach
from backend.service.models import OrderMedia


def find_pictures(public_ids: Sequence[str], *, uploader_id: int) -> list[int]:
    """The ids of pictures that this person uploaded; 422 when one of them is nothing of the kind."""
    wanted = set(public_ids)
    if not wanted:
        return []
    rows: pw.ModelSelect[Any] = Media.select(Media.id).where(
        Media.public_id.in_(list(wanted)), Media.uploader == uploader_id, Media.kind == MediaKind.PICTURE
    )
    found = [row_id for (row_id,) in rows.tuples()]
    if len(found) != len(wanted):
        raise invalid_field("attachments", "unknown_media", "请先上传图片，再填写它的编号")
    return found


def attach_pictures(order_id: int, media_ids: Sequence[int], *, handed_in: bool, now: datetime) -> None:
    """Tie pictures to an order, in the unit of work of what uses them."""
    if media_ids:
        rows = [{"order": order_id, "media": one, "handed_in": handed_in} for one in media_ids]
        OrderMedia.insert_many(rows).execute()
        attach(list(media_ids), now=now)
