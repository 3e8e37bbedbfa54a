"""The form of each action, read off its body: what clients draw without knowing the machine."""

import types
import typing
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel

from backend.service.models import Priority
from backend.service.orders.schemas import (
    ContactWay,
    OrderTarget,
    RefusalReason,
    ReturnReason,
    Satisfaction,
    SupervisionLevel,
)
from backend.service.orders.shapes import FormChoice, FormField

FieldType = Literal["text", "flag", "time", "choice", "target", "media", "service_type", "member", "order"]

CHOICE_LABELS: dict[type[StrEnum], dict[Any, str]] = {
    Priority: {
        Priority.URGENT: "紧急",
        Priority.PROMPT: "及时",
        Priority.ORDINARY: "一般",
        Priority.DIFFICULT: "疑难",
    },
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
    SupervisionLevel: {
        SupervisionLevel.BRANCH: "支部督办",
        SupervisionLevel.UPPER: "上级督办",
        SupervisionLevel.CIRCULAR: "通报",
    },
    ContactWay: {ContactWay.PHONE: "电话", ContactWay.VISIT: "上门", ContactWay.WECHAT: "微信"},
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
    "parent": "order",
}


@cache
def form_of(body: type[BaseModel]) -> tuple[FormField, ...]:
    """The fields of a body with their labels, types and choices."""
    return tuple(_field(name, field) for name, field in body.model_fields.items())


def _field(name: str, field: Any) -> FormField:
    kind = _plain_type(field.annotation)
    labels = CHOICE_LABELS.get(kind)
    choices = [FormChoice(value=value, label=label) for value, label in labels.items()] if labels else None
    return FormField(
        name=name, label=field.title, type=_type(name, kind), required=field.is_required(), choices=choices
    )


def _type(name: str, kind: Any) -> FieldType:
    if name in _BY_NAME:
        return _BY_NAME[name]
    if kind in CHOICE_LABELS:
        return "choice"
    known: dict[Any, FieldType] = {bool: "flag", datetime: "time", OrderTarget: "target"}
    return known.get(kind, "text")


def _plain_type(annotation: Any) -> Any:
    """The class inside `X | None` and `Annotated[X, …]`."""
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
        annotation = next(part for part in typing.get_args(annotation) if part is not type(None))
    while typing.get_origin(annotation) is typing.Annotated:
        annotation = typing.get_args(annotation)[0]
    return annotation
