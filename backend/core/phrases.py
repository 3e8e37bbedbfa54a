"""Pydantic's error types in Chinese."""

from collections.abc import Mapping
from typing import Any

PHRASES = {
    "missing": "必须填写",
    "extra_forbidden": "没有这一项",
    "string_type": "应为文字",
    "string_too_short": "至少 {min_length} 个字",
    "string_too_long": "最多 {max_length} 个字",
    "string_pattern_mismatch": "格式不对",
    "string_unicode": "含有无法识别的字符",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "float_type": "应为数字",
    "float_parsing": "应为数字",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "不能小于 {ge}",
    "less_than": "应小于 {lt}",
    "less_than_equal": "不能大于 {le}",
    "enum": "只能是：{expected}",
    "literal_error": "只能是：{expected}",
    "datetime_type": "应为带时区的时间",
    "datetime_parsing": "应为带时区的时间，如 2026-11-29T08:00:00+08:00",
    "datetime_from_date_parsing": "应为带时区的时间，如 2026-11-29T08:00:00+08:00",
    "timezone_aware": "时间须带时区，如 +08:00",
    "date_type": "应为日期",
    "date_parsing": "应为日期，如 2026-11-29",
    "date_from_datetime_parsing": "应为日期，如 2026-11-29",
    "date_from_datetime_inexact": "应为日期，不带时刻",
    "list_type": "应为列表",
    "dict_type": "应为对象",
    "model_type": "应为对象",
    "model_attributes_type": "应为对象",
    "too_long": "最多 {max_length} 项",
    "too_short": "至少 {min_length} 项",
    "finite_number": "应为有限的数",
}


def in_chinese(fault: Mapping[str, Any]) -> str:
    """The sentence for one of pydantic's faults; our own validators bring their sentence along."""
    if fault["type"] == "value_error":
        return str(fault["ctx"]["error"])
    if fault["type"] == "string_pattern_mismatch" and fault["loc"][-1:] == ("phone",):
        return "请填手机号，或带区号的座机号"
    return PHRASES.get(fault["type"], "格式不对").format(**fault.get("ctx", {}))
