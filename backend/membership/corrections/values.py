"""How each field of the roster is checked, shown to those who decide, and written."""

from datetime import date
from typing import Any

from backend.core.crypto import mask_phone
from backend.core.errors import invalid_field
from backend.membership.corrections.models import CorrectionField
from backend.people.identity import (
    identity_index,
    identity_number,
    mask_identity,
    phone_index,
    phone_number,
    tail_index,
)
from backend.people.roster.pinyin import search_keys

LABELS = {
    CorrectionField.NAME: "姓名",
    CorrectionField.PHONE: "手机号",
    CorrectionField.IDENTITY_NUMBER: "身份证号",
    CorrectionField.JOINED_ON: "入党日期",
}
SHORTEST_NAME = 2


def checked(field: CorrectionField, value: str, *, today: date) -> str:
    """The value as the roster writes it; 422 on `value` when it cannot stand there."""
    try:
        if field is CorrectionField.PHONE:
            return phone_number(value)
        if field is CorrectionField.IDENTITY_NUMBER:
            return identity_number(value)
        if field is CorrectionField.JOINED_ON:
            return _past_day(value, today)
    except ValueError as error:
        raise invalid_field("value", "bad_value", str(error)) from None
    if len(value) < SHORTEST_NAME:
        raise invalid_field("value", "bad_value", "姓名至少两个字")
    return value


def _past_day(value: str, today: date) -> str:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise ValueError("日期请写成 2020-07-01") from None
    if day > today:
        raise ValueError("日期还没有到")
    return day.isoformat()


def masked(field: CorrectionField, value: str) -> str:
    """As those see it who decide: enough to compare, not enough to copy."""
    if field is CorrectionField.PHONE:
        return mask_phone(value)
    return mask_identity(value) if field is CorrectionField.IDENTITY_NUMBER else value


def columns(field: CorrectionField, value: str) -> dict[str, Any]:
    """The columns of the member that a correction writes."""
    if field is CorrectionField.PHONE:
        return {"phone": value, "phone_index": phone_index(value)}
    if field is CorrectionField.IDENTITY_NUMBER:
        indexes = {"identity_index": identity_index(value), "identity_tail_index": tail_index(value)}
        return {"identity": value, **indexes}
    if field is CorrectionField.JOINED_ON:
        return {"joined_on": date.fromisoformat(value)}
    pinyin, initials = search_keys(value)
    return {"name": value, "name_pinyin": pinyin, "name_initials": initials}
