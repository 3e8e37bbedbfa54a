"""The forms that clients draw: what kind of field each part of a body is."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field

from backend.core.forms import form_of


class Colour(StrEnum):
    """Something to choose."""

    RED = "red"
    GOLD = "gold"


class Everything(BaseModel):
    """A field of each type."""

    said: str = Field(title="说明")
    sure: bool = Field(title="是否")
    at: AwareDatetime = Field(title="时间")
    until: AwareDatetime | None = Field(None, title="期限")
    naive: datetime = Field(title="时刻")
    on: Annotated[date, Field(title="日期")]
    colour: Colour | None = Field(None, title="颜色")
    member: str = Field(title="谁")


def test_each_field_has_the_type_that_clients_know() -> None:
    form = form_of(Everything, {Colour: {Colour.RED: "红", Colour.GOLD: "金"}}, {"member": "member"})
    assert [(field.name, field.type, field.required) for field in form] == [
        ("said", "text", True),
        ("sure", "flag", True),
        ("at", "time", True),
        ("until", "time", False),
        ("naive", "time", True),
        ("on", "date", True),
        ("colour", "choice", False),
        ("member", "member", True),
    ]
    assert [field.label for field in form][:2] == ["说明", "是否"]
    (colour,) = (field for field in form if field.name == "colour")
    assert [(choice.value, choice.label) for choice in colour.choices or []] == [("red", "红"), ("gold", "金")]
