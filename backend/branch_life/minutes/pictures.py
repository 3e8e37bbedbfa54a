"""Pictures of a meeting: uploaded before by whoever writes the minutes, kept with every version that names them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import peewee as pw

from backend.branch_life.activities.models import Activity
from backend.branch_life.minutes.models import Minutes, MinutesPicture
from backend.branch_life.minutes.schemas import PictureShape
from backend.media.checking import attach
from backend.media.links import shown_link
from backend.media.models import Media
from backend.media.service import find_pictures


def find_own_pictures(public_ids: Sequence[str], activity: Activity, *, uploader_id: int) -> list[int]:
    """The files named, in their order; 422 unless each is the writer's own or in the minutes already."""
    kept = (
        MinutesPicture.select(MinutesPicture.media)
        .join(Minutes)
        .where(Minutes.activity == activity.id, Minutes.in_force == 1)
    )
    return find_pictures(public_ids, uploader_id=uploader_id, in_use=Media.id.in_(kept), field="pictures")


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
