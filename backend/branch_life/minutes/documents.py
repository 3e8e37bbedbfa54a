"""Documents with minutes (PDF, DOCX, XLSX): named by whoever writes, read by signed links, let go of when dropped."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from backend.branch_life.activities.models import Activity
from backend.branch_life.minutes.models import Minutes, MinutesDocument
from backend.branch_life.minutes.rules import DROPPED_KEPT
from backend.branch_life.minutes.schemas import AttachDocument, DocumentShape
from backend.core.database import in_unit_of_work, rows_of
from backend.media.checking import attach
from backend.media.links import shown_link
from backend.media.models import Media, MediaKind
from backend.media.rules import RULE_OF_TYPE
from backend.media.service import find_files

_BATCH = 200


def find_own_documents(named: Sequence[AttachDocument], activity: Activity, *, uploader_id: int) -> list[int]:
    """The files named, in their order; 422 unless each is the writer's own or in the minutes already."""
    kept = (
        MinutesDocument.select(MinutesDocument.media)
        .join(Minutes)
        .where(Minutes.activity == activity.id, Minutes.in_force == 1)
    )
    return find_files(
        [one.id for one in named],
        MediaKind.DOCUMENT,
        uploader_id=uploader_id,
        in_use=Media.id.in_(kept),
        field="documents",
    )


def attach_documents(
    minutes_id: int, named: Sequence[AttachDocument], media_ids: Sequence[int], activity: Activity, *, now: datetime
) -> None:
    """Tie documents to a version of the minutes, in the caller's unit of work."""
    rows = [
        {"minutes": minutes_id, "media": media, "position": n, "name": one.name}
        for n, (one, media) in enumerate(zip(named, media_ids, strict=True))
    ]
    if rows:
        MinutesDocument.insert_many(rows).execute()
        attach(media_ids, organization_id=activity.organization_id, now=now)


def documents_of(minutes_id: int, *, opened: bool, now: datetime) -> list[DocumentShape]:
    """What is attached to the minutes, with links to what may be shown."""
    tied: Any = (
        MinutesDocument.select(MinutesDocument, Media)
        .join(Media)
        .where(MinutesDocument.minutes == minutes_id)
        .order_by(MinutesDocument.position)
    )
    return [
        DocumentShape(
            id=one.media.public_id,
            name=one.name,
            extension=RULE_OF_TYPE[one.media.content_type].types[one.media.content_type],
            size=one.media.size,
            url=shown_link(one.media, opened=opened, now=now),
            moderation=one.media.moderation,
        )
        for one in tied
    ]


def drop_documents(*, now: datetime) -> int:
    """Untie what a later version of the minutes left out a month ago; the purge of unused files takes it then."""
    later = Minutes.alias()
    kept = MinutesDocument.alias()
    left_out = (
        MinutesDocument.select(MinutesDocument.id, MinutesDocument.media)
        .join(Minutes)
        .join(later, on=((later.activity == Minutes.activity) & (later.in_force == 1)))
        .where(
            Minutes.in_force.is_null(),
            later.written_at < now - DROPPED_KEPT.value,
            MinutesDocument.media.not_in(kept.select(kept.media).where(kept.minutes == later.id)),
        )
        .limit(_BATCH)
    )

    def work() -> int:
        found = rows_of(left_out)
        MinutesDocument.delete().where(MinutesDocument.id.in_([row for row, _ in found])).execute()
        media = {one for _, one in found}
        still = MinutesDocument.select(MinutesDocument.media).where(MinutesDocument.media.in_(media))
        Media.update(attached_at=None).where(Media.id.in_(media), Media.id.not_in(still)).execute()
        return len(found)

    return in_unit_of_work(work)
