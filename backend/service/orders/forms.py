"""The form of each action of the order machine."""

from enum import StrEnum
from functools import cache
from typing import Any

from pydantic import BaseModel

from backend.core import forms
from backend.core.forms import FieldType, FormField
from backend.service.models import Priority
from backend.service.orders.labels import PRIORITY_LABELS
from backend.service.orders.schemas import (
    ContactWay,
    OrderTarget,
    Outcome,
    ProxyConsent,
    RefusalReason,
    ReturnReason,
    Satisfaction,
    SupervisionLevel,
)

CHOICE_LABELS: dict[type[StrEnum], dict[Any, str]] = {
    Priority: PRIORITY_LABELS,
    RefusalReason: {
        RefusalReason.OTHER_AREA: "不在本社区范围",
        RefusalReason.BEYOND_POWERS: "超出支部职责",
        RefusalReason.NO_SERVICE: "不属于服务事项",
        RefusalReason.ALREADY_HANDLED: "已在办理",
        RefusalReason.OTHER: "其他",
    },
    ReturnReason: {
        ReturnReason.OTHER_AREA: "属地不符",
        ReturnReason.UNCLEAR_OWNER: "权属不清",
        ReturnReason.OVERLAPPING: "职能交叉",
        ReturnReason.NOT_ABLE: "能力不足",
        ReturnReason.OTHER: "其他",
    },
    Outcome: {Outcome.PARTLY: "部分解决", Outcome.EXPLAINED: "解释说明"},
    SupervisionLevel: {
        SupervisionLevel.BRANCH: "支部督办",
        SupervisionLevel.UPPER: "上级督办",
        SupervisionLevel.CIRCULAR: "通报",
    },
    ContactWay: {ContactWay.PHONE: "电话", ContactWay.VISIT: "上门", ContactWay.WECHAT: "微信"},
    ProxyConsent: {
        ProxyConsent.IN_PERSON: "本人当面同意",
        ProxyConsent.BY_PHONE: "本人在电话里同意",
        ProxyConsent.CHILD: "我是他（她）的子女",
        ProxyConsent.OWN_CALL: "本人来电，由工作人员代填",
    },
    Satisfaction: {
        Satisfaction.SATISFIED: "满意",
        Satisfaction.FAIRLY: "基本满意",
        Satisfaction.DISSATISFIED: "不满意",
    },
}
_BY_NAME: dict[str, FieldType] = {
    "attachments": "media",
    "service_type": "service_type",
    "member": "member",
    "grid": "grid",
    "parent": "order",
    "organization": "organization",
}


@cache
def form_of(body: type[BaseModel]) -> tuple[FormField, ...]:
    """The fields of a body with their labels, types and choices."""
    return forms.form_of(body, CHOICE_LABELS, _BY_NAME, {OrderTarget: "target"})
