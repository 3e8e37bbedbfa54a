"""What the card room knows of a person."""

from typing import Any

from backend.card.issuing.models import LostCard
from backend.card.models import CardDisclosure, StudyCard, StudyRecord
from backend.card.reviews.models import StudyReview
from backend.people.held import DELETED, Fate, Held, exporter
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
        **_EXPORT_MORE(account_id),
    }


LEARNING = "学习和组织生活记录是党员教育管理的档案，由党组织保存（《中国共产党党员教育管理工作条例》）"

HELD = (
    Held("一卡通", StudyCard.member, Fate(LEARNING)),
    Held("作废卡号", LostCard.member, Fate(LEARNING), ("number", "issued_at", "voided_at", "reason")),
    Held("学习记录", StudyRecord.member, Fate(LEARNING)),
    Held("公开设置", CardDisclosure.member, DELETED, ("shows", "changed_at")),
    Held(
        "评学记录",
        StudyReview.member,
        Fate(LEARNING),
        ("kind", "organization", "first_on", "last_on", "text", "entries", "hours", "state", "grade", "appraisal"),
    ),
)
_EXPORT_MORE = exporter(HELD)
