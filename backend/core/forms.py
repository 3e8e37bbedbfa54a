"""The form of an action, read off its body: what clients draw without knowing the machine behind it."""

import types
import typing
from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel

from backend.core.http import Shape

FieldType = Literal[
    "text",
    "flag",
    "time",
    "date",
    "choice",
    "target",
    "media",
    "service_type",
    "member",
    "order",
    "organization",
    "grid",
]
ChoiceLabels = Mapping[type[StrEnum], Mapping[Any, str]]

_BY_TYPE: dict[Any, FieldType] = {bool: "flag", datetime: "time", AwareDatetime: "time", date: "date"}


class FormChoice(Shape):
    """One of the values that a field may take."""

    value: str
    label: str


class FormField(Shape):
    """One field of an action's form."""

    name: str
    label: str
    type: FieldType
    required: bool
    choices: list[FormChoice] | None


def form_of(
    body: type[BaseModel],
    labels: ChoiceLabels,
    by_name: Mapping[str, FieldType],
    by_type: Mapping[Any, FieldType] | None = None,
) -> tuple[FormField, ...]:
    """The fields of a body; titles are their labels, `by_name` and `by_type` say what is neither text nor plain."""
    known = {**_BY_TYPE, **(by_type or {})}
    return tuple(_field(name, field, labels, by_name, known) for name, field in body.model_fields.items())


def _field(
    name: str, field: Any, labels: ChoiceLabels, by_name: Mapping[str, FieldType], by_type: Mapping[Any, FieldType]
) -> FormField:
    kind = _plain_type(field.annotation)
    words = labels.get(kind)
    choices = [FormChoice(value=value, label=label) for value, label in words.items()] if words else None
    shown: FieldType = by_name.get(name) or ("choice" if words else by_type.get(kind, "text"))
    return FormField(name=name, label=field.title, type=shown, required=field.is_required(), choices=choices)


def _plain_type(annotation: Any) -> Any:
    """The class inside `X | None` and `Annotated[X, …]`."""
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
        annotation = next(part for part in typing.get_args(annotation) if part is not type(None))
    while typing.get_origin(annotation) is typing.Annotated:
        annotation = typing.get_args(annotation)[0]
    return annotation
