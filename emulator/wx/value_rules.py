"""What a value in a message template may look like; the name of its key says which rule holds."""

import re
from collections.abc import Callable

_CLOCK = r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?"
_DAY = r"(\d{4}年\d{1,2}月\d{1,2}日|\d{4}[-/.]\d{1,2}[-/.]\d{1,2})"
_SHORT_DAY = r"(\d{4}年\d{1,2}月|\d{1,2}月\d{1,2}日)"
_TIME = re.compile(rf"({_DAY}\s*)?{_CLOCK}(\s*~\s*({_DAY}\s*)?{_CLOCK})?")
_DATE_PART = rf"({_DAY}(\s*{_CLOCK})?|{_SHORT_DAY}(\s*{_CLOCK})?)"
_DATE = re.compile(rf"{_DATE_PART}(\s*~\s*({_DATE_PART}|{_CLOCK}))?")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_LETTERS = re.compile(r"[A-Za-z]+")
_SYMBOLS = re.compile(r"[^\w\s]+|_+")
_PRINTABLE = re.compile(r"[!-~ ]+")
_AMOUNT = re.compile(r"[¥￥$€£]?\d{1,10}(\.\d+)?元?")
_PHONE = re.compile(r"[\d+\-() *#]+")
_CHINESE = re.compile(r"[㐀-鿿]+")
_NAME_LATIN = re.compile(r"[A-Za-z·.\s!-~]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_KEY = re.compile(r"([a-z_]+?)\d*")


def _within(most: int, pattern: re.Pattern[str] | None = None) -> Callable[[str], bool]:
    def holds(value: str) -> bool:
        return len(value) <= most and (pattern is None or pattern.fullmatch(value) is not None)

    return holds


def _is_name(value: str) -> bool:
    """Up to 20 letters and signs; as soon as one character is Chinese, up to 10."""
    return len(value) <= (20 if _NAME_LATIN.fullmatch(value) else 10)


RULES: dict[str, Callable[[str], bool]] = {
    "thing": _within(20),
    "number": _within(32, _NUMBER),
    "letter": _within(32, _LETTERS),
    "symbol": _within(5, _SYMBOLS),
    "character_string": _within(32, _PRINTABLE),
    "time": _within(64, _TIME),
    "date": _within(64, _DATE),
    "amount": _within(20, _AMOUNT),
    "phone_number": _within(17, _PHONE),
    "car_number": _within(8),
    "name": _is_name,
    "phrase": _within(5, _CHINESE),
}


def value_fits(key: str, value: str) -> bool:
    """Does the value keep the rule of its key (`thing1` → thing)? Unknown kinds take anything."""
    if _CONTROL.search(value):
        return False
    match = _KEY.fullmatch(key)
    rule = RULES.get(match.group(1)) if match else None
    return rule is None or rule(value)
