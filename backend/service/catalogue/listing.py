"""The kinds of service that may be ordered."""

from backend.media.rules import REMINDER
from backend.service.catalogue.emergencies import SENTENCE
from backend.service.catalogue.kinds import TAKER_LABELS, Question, Takers
from backend.service.catalogue.schemas import ServiceTypeShape
from backend.service.models import ServiceType


def list_service_types() -> list[ServiceTypeShape]:
    """What may be ordered now, in the order that the county has set."""
    rows = ServiceType.select().where(ServiceType.closed_at.is_null()).order_by(ServiceType.sort, ServiceType.id)
    return [
        ServiceTypeShape(
            code=row.code,
            name=row.name,
            hint=row.hint,
            needs_evidence=row.needs_evidence,
            takers=Takers(row.takers),
            takers_label=TAKER_LABELS[Takers(row.takers)],
            questions=[Question.model_validate(one) for one in row.questions or []],
            on_board=row.on_board,
            picture_hint=REMINDER,
            emergency=SENTENCE,
        )
        for row in rows
    ]
