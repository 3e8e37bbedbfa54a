"""Pictures of a meeting: uploaded before by whoever writes the minutes, kept with every version that names them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import peewee as pw

from backend.branch_life.activities.models import Activity
from backend.branch_life.minutes.models import Minutes, MinutesPicture
from backend.branch_life.minutes.schemas import PictureShape
from backend.core.errors import invalid_field
from backend.media.checking import attach
from backend.media.links import shown_link
from backend.media.models import Media, MediaKind, MediaState


def find_pictures(public_ids: Sequence[str], activity: Activity, *, uploader_id: int) -> list[int]:
    """The files named, in their order; 422 unless each is the writer's own or in the minutes already."""
    wanted = list(dict.fromkeys(public_ids))
    if not wanted:
        return []
    in_use = (
        MinutesPicture.select(MinutesPicture.media)
        .join(Minutes)
        .where(Minutes.activity == activity.id, Minutes.in_force == 1)
    )
    rows: Any = Media.select(Media.public_id, Media.id, Media.moderation).where(
        Media.public_id.in_(wanted),
        Media.kind == MediaKind.PICTURE,
        (Media.uploader == uploader_id) | Media.id.in_(in_use),
    )
    found = {public_id: (number, state) for public_id, number, state in rows.tuples()}
    if len(found) != len(wanted):
        raise invalid_field("pictures", "unknown_media", "请先上传图片，再填写它的编号")
    if any(state == MediaState.REFUSED for _, state in found.values()):
        raise invalid_field("pictures", "refused_media", "有一张图片没有通过内容检查，请换一张")
    return [found[public_id][0] for public_id in wanted]


def attach_pictures(minutes_id: int, media_ids: Sequence[int], activity: Activity, *, now: datetime) -> None:
    """Tie pictures to a version of the minutes, in the caller's unit of work; their check begins."""
    rows = [{"minutes": minutes_id, "media": one, "position": n} for n, one in enumerate(media_ids)]
    if rows:
        MinutesPicture.insert_many(rows).execute()
        attach(media_ids, organization_id=activity.organization_id, now=now)


def pictures_of(minutes_id: int, *, opened: bool, now: datetime) -> list[PictureShape]:
    """What the minutes show: links to what passed its check, and to the rest for whom it is `opened`."""
    tied: pw.ModelSelect[Any] = (
        Media.select()
        .join(MinutesPicture)
        .where(MinutesPicture.minutes == minutes_id)
        .order_by(MinutesPicture.position)
    )
    return [
        PictureShape(id=one.public_id, url=shown_link(one, opened=opened, now=now), moderation=one.moderation)
        for one in tied
    ]
