"""Writing to the study card; reading it is in `card.reading`."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from backend.card.models import StudyRecord
from backend.core.crypto import new_public_id
from backend.core.database import append_row, hold_rows, require_transaction
from backend.people.models import Member

TWINS_WITHIN = timedelta(hours=12)


class Entry(NamedTuple):
    """What a feature puts on a member's card; `hours` by the rule of the feature, `at` an instant."""

    at: datetime
    place: str
    content: str
    kind: str
    hours: Decimal
    source: str
    confirmed_by: int | None


class Twin(NamedTuple):
    """How to know the entries of another feature that say the same as one's own: by the kind, by how the source
    begins, and by whose they are, within half a day."""

    kind: str
    source: str
    organization_id: int


def add_record(member_id: int, entry: Entry, *, now: datetime, twin: Twin | None = None) -> None:
    """Write an entry in the caller's unit of work; the same source twice is an IntegrityError.

    Where an entry stands that says the same (`twin`), this one waits behind it: it counts when that is struck out.
    """
    standing = _find_twin(member_id, entry, twin) if twin is not None else None
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
        voided_at=now if standing is not None else None,
        yields_to=standing,
    )


def _find_twin(member_id: int, entry: Entry, twin: Twin) -> int | None:
    """The entry of the other feature that stands and has none behind it; the member is held, so that of two writers
    one sees the other."""
    list(hold_rows(Member.select(Member.id).where(Member.id == member_id)))
    found = hold_rows(
        StudyRecord.select(StudyRecord.id).where(
            StudyRecord.member == member_id,
            StudyRecord.kind == twin.kind,
            StudyRecord.source.startswith(twin.source),
            StudyRecord.at.between(entry.at - TWINS_WITHIN, entry.at + TWINS_WITHIN),
            StudyRecord.confirmed_by.is_null() | (StudyRecord.confirmed_by == twin.organization_id),
            StudyRecord.voided_at.is_null(),
        )
    )
    taken = {row.yields_to for row in StudyRecord.select(StudyRecord.yields_to).where(StudyRecord.member == member_id)}
    return next((row.id for row in found if row.id not in taken), None)


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
    """Strike an entry out; it stays readable as struck out, and what waited behind it stands from now on."""
    require_transaction("void_record")
    mine = (StudyRecord.member == member_id) & (StudyRecord.source == source)
    StudyRecord.update(voided_at=now, yields_to=None).where(mine).execute()
    struck = [row.id for row in StudyRecord.select(StudyRecord.id).where(mine)]
    behind = (StudyRecord.member == member_id) & StudyRecord.yields_to.in_(struck or [0])
    StudyRecord.update(voided_at=None, yields_to=None).where(behind).execute()
