"""The form of each step of a stay."""

from functools import cache

from pydantic import BaseModel

from backend.card.reviews.rules import GRADES, Grade
from backend.core import forms
from backend.core.forms import ChoiceLabels, FieldType, FormField
from backend.membership.away.schemas import ContactWay, Finding

CHOICE_LABELS: ChoiceLabels = {
    Grade: GRADES.value,
    ContactWay: {
        ContactWay.PHONE: "电话",
        ContactWay.WECHAT: "微信",
        ContactWay.VISIT: "当面",
        ContactWay.LETTER: "书信",
    },
    Finding: {
        Finding.REACHED: "已联系上本人",
        Finding.THROUGH_FAMILY: "通过家人亲友得知近况",
        Finding.STILL_LOOKING: "仍在查找",
        Finding.REFERRED: "已报上级党组织",
    },
}
_BY_NAME: dict[str, FieldType] = {
    "member": "member",
    "contact": "member",
    "host": "organization",
    "organization": "organization",
}


@cache
def form_of(body: type[BaseModel]) -> tuple[FormField, ...]:
    """The fields of a body with their labels, types and choices."""
    return forms.form_of(body, CHOICE_LABELS, _BY_NAME)
