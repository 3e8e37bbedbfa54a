"""Packs that came to a branch and that nobody there has looked at."""

from collections.abc import Iterator
from datetime import date

from backend.core.clock import local_day
from backend.core.database import rows_of
from backend.learning.packs.models import ContentPack, PackItem, PackReceipt
from backend.learning.surveys import reminders as surveys
from backend.messaging.reminders.occasions import Occasion, Question, Span, branches, within
from backend.people.models import Organization


def unread_packs(span: Span) -> Iterator[Occasion]:
    """Packs without a receipt of a branch, by the day on which their first item reached it."""
    packs = _published(span)
    layers = _first_days([pack.id for pack in packs], span)
    for batch in branches(span):
        for pack in packs:
            reached = {branch.id: _reached_on(branch, layers[pack.id]) for branch in batch}
            wanted = [number for number, day in reached.items() if day and span.first <= day <= span.last]
            received = _received(pack, wanted)
            for number in wanted:
                if number not in received:
                    facts = {"id": pack.public_id, "title": pack.title, "organization": pack.organization.name}
                    key = f"pack:{pack.public_id}:{number}"
                    yield Occasion(number, key, "reminder.pack", facts, reached[number])


def _published(span: Span) -> list[ContentPack]:
    """Packs of which something was published within the span."""
    begin, end = within(span)
    fresh = PackItem.select(PackItem.pack).where(
        PackItem.published_at >= begin, PackItem.published_at < end, PackItem.withdrawn_at.is_null()
    )
    rows = ContentPack.select(ContentPack, Organization).join(Organization).where(ContentPack.id.in_(fresh))
    return list(rows.order_by(ContentPack.id))


def _first_days(pack_ids: list[int], span: Span) -> dict[int, list[tuple[str, date]]]:
    """By pack, each layer's path with the local day on which it published first."""
    rows = (
        PackItem.select(PackItem.pack, PackItem.published_at, Organization.path)
        .join(Organization)
        .where(PackItem.pack.in_(pack_ids), PackItem.published_at.is_null(False), PackItem.withdrawn_at.is_null())
    )
    found: dict[int, list[tuple[str, date]]] = {number: [] for number in pack_ids}
    for row in rows:
        found[row.pack_id].append((row.organization.path, local_day(row.published_at, span.timezone)))
    return found


def _reached_on(branch: Organization, layers: list[tuple[str, date]]) -> date | None:
    return min((day for path, day in layers if branch.path.startswith(path)), default=None)


def _received(pack: ContentPack, organization_ids: list[int]) -> set[int]:
    rows = PackReceipt.select(PackReceipt.organization).where(
        PackReceipt.pack == pack, PackReceipt.organization.in_(organization_ids)
    )
    return {int(number) for (number,) in rows_of(rows)}


QUESTIONS: dict[str, Question] = {"pack_unread": unread_packs, **surveys.QUESTIONS}
