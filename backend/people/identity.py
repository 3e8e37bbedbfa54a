"""Identity numbers and phones: how they are checked, written alike, indexed and masked."""

import re
from datetime import date

from backend.core.crypto import keyring

TAIL = 4
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_FORM = re.compile(r"[1-9]\d{16}[\dX]", re.ASCII)
_OLD_FORM = re.compile(r"[1-9]\d{14}", re.ASCII)
_PHONE = re.compile(r"1[3-9]\d{9}", re.ASCII)


def identity_number(text: str) -> str:
    """An 18-digit identity number (GB 11643-1999), checked; 15 digits are refused. ValueError says why."""
    number = text.replace(" ", "").upper()
    if _OLD_FORM.fullmatch(number):
        raise ValueError("15 位旧身份证号已停用，请填写 18 位公民身份号码")
    if not _FORM.fullmatch(number):
        raise ValueError("应为 18 位公民身份号码")
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise ValueError("身份证号中的出生日期不存在") from None
    if _CHECK[sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False)) % 11] != number[17]:
        raise ValueError("身份证号最后一位校验不符，请核对")
    return number


def phone_number(text: str) -> str:
    """A mainland mobile number of 11 digits, without spaces, dashes and +86. ValueError says why."""
    digits = re.sub(r"[\s-]", "", text).removeprefix("+86")
    if not _PHONE.fullmatch(digits):
        raise ValueError("应为 11 位手机号")
    return digits


def identity_index(number: str) -> str:
    """By which equal identity numbers are found."""
    return identity_indexes(number)[0]


def identity_indexes(number: str) -> tuple[str, ...]:
    """The index of a number and those of earlier keys, for looking up."""
    return keyring.blind_indexes(number, context="identity")


def tail_index(number: str) -> str:
    """By which equal last four characters of identity numbers are found."""
    return tail_indexes(number)[0]


def tail_indexes(number: str) -> tuple[str, ...]:
    """The index of the last four characters and those of earlier keys, for looking up."""
    return keyring.blind_indexes(number[-TAIL:].upper(), context="identity tail")


def phone_index(phone: str) -> str:
    """By which equal phones are found, of accounts and of members alike."""
    return phone_indexes(phone)[0]


def phone_indexes(phone: str) -> tuple[str, ...]:
    """The index of a phone and those of earlier keys, for looking up."""
    return keyring.blind_indexes(phone, context="phone")


def mask_identity(number: str) -> str:
    """The first three and the last two characters; the rest is stars."""
    return f"{number[:3]}{'*' * max(len(number) - 5, 3)}{number[-2:]}"
