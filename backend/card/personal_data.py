"""What the card room knows of a person."""

from typing import Any

from backend.card.models import StudyCard, StudyRecord
from backend.people.models import Member


def export(account_id: int) -> dict[str, Any]:
    """The study card of the member whom the account belongs to, struck-out entries too."""
    member = Member.select(Member.id).where(Member.account == account_id)
    columns = ("at", "place", "content", "kind", "hours", "reflection", "created_at", "voided_at")
    records = StudyRecord.select(*(getattr(StudyRecord, column) for column in columns))
    return {
        "cards": list(
            StudyCard.select(StudyCard.number, StudyCard.issued_at).where(StudyCard.member.in_(member)).dicts()
        ),
        "records": list(records.where(StudyRecord.member.in_(member)).order_by(StudyRecord.id).dicts()),
    }
