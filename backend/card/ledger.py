"""Writing to the study card; reading it is in `card.reading`."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from backend.card.models import StudyRecord
from backend.core.crypto import new_public_id
from backend.core.database import append_row, require_transaction


@dataclass(frozen=True)
class Entry:
    """What a feature puts on a member's card; `hours` by the rule of the feature, `at` an instant."""

    at: datetime
    place: str
    content: str
    kind: str
    hours: Decimal
    source: str
    confirmed_by: int | None


def add_record(member_id: int, entry: Entry, *, now: datetime) -> None:
    """Write an entry in the caller's unit of work; the same source twice is an IntegrityError."""
    append_row(
        StudyRecord,
        public_id=new_public_id(),
        member=member_id,
        at=entry.at,
        place=entry.place,
        content=entry.content,
        kind=entry.kind,
        hours=entry.hours,
        source=entry.source,
        confirmed_by=entry.confirmed_by,
        created_at=now,
    )


def change_hours(member_id: int, source: str, hours: Decimal) -> None:
    """Count other hours than at first, as for somebody who left early; a struck-out entry stays as it is."""
    require_transaction("change_hours")
    StudyRecord.update(hours=hours).where(
        StudyRecord.member == member_id, StudyRecord.source == source, StudyRecord.voided_at.is_null()
    ).execute()


def confirm_record(member_id: int, source: str, organization_id: int) -> bool:
    """The branch vouches for an entry that nobody has confirmed yet; False when there is none."""
    require_transaction("confirm_record")
    waiting = StudyRecord.update(confirmed_by=organization_id).where(
        StudyRecord.member == member_id,
        StudyRecord.source == source,
        StudyRecord.confirmed_by.is_null(),
        StudyRecord.voided_at.is_null(),
    )
    return bool(waiting.execute())


def void_record(member_id: int, source: str, *, now: datetime) -> None:
    """Strike an entry out; it stays readable as struck out."""
    require_transaction("void_record")
    StudyRecord.update(voided_at=now).where(StudyRecord.member == member_id, StudyRecord.source == source).execute()
