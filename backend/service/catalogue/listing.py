"""The kinds of service: which may be ordered, and the first ones of a new installation."""

from backend.service.catalogue.emergencies import SENTENCE
from backend.service.catalogue.schemas import ServiceTypeShape
from backend.service.models import Priority, ServiceType

# code, name, hint, default priority, evidence wanted at completion, hours for the study card
FIRST_TYPES = (
    ("repair", "公共设施报修", "楼道灯、水管、门禁等公共部位的小修小补", Priority.ORDINARY, False, "1.0"),
    ("elder_visit", "老人探访", "独居、高龄老人的探望和陪伴", Priority.ORDINARY, False, "1.0"),
    ("errand", "代办跑腿", "代取药品、代办证件、代买生活用品", Priority.ORDINARY, False, "1.0"),
    ("policy_question", "政策咨询", "低保、医保、养老等政策怎么办理", Priority.ORDINARY, False, "0.5"),
    ("dispute", "邻里调解", "噪音、漏水、停车等邻里矛盾", Priority.DIFFICULT, False, "2.0"),
    (
        "urgent_help",
        "急难救助",
        "突发困难需要马上有人上门；危及生命请先拨打110、119、120",
        Priority.URGENT,
        False,
        "2.0",
    ),
    ("other", "其他诉求", "上面都不合适时选这一项", Priority.ORDINARY, False, "0.5"),
)


def list_service_types() -> list[ServiceTypeShape]:
    """What may be ordered now, in the order that the county has set."""
    rows = ServiceType.select().where(ServiceType.closed_at.is_null()).order_by(ServiceType.sort, ServiceType.id)
    return [
        ServiceTypeShape(
            code=row.code,
            name=row.name,
            hint=row.hint,
            needs_evidence=row.needs_evidence,
            emergency=SENTENCE,
        )
        for row in rows
    ]


def seed_service_types() -> int:
    """Write the first kinds of service where they are missing; returns how many were written."""
    known = {row.code for row in ServiceType.select(ServiceType.code)}
    names = ("code", "name", "hint", "priority", "needs_evidence", "hours")
    rows = [
        {**dict(zip(names, first, strict=True)), "sort": place * 10}
        for place, first in enumerate(FIRST_TYPES)
        if first[0] not in known
    ]
    if rows:
        ServiceType.insert_many(rows).execute()
    return len(rows)
