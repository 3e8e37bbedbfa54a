"""What values of message templates may look like."""

import pytest

from emulator.wx.value_rules import value_fits

GOOD = [
    ("thing1", "二十个字二十个字二十个字二十个字二十个字"),
    ("thing2", "Mixed 中文 1！"),
    ("number3", "12345.67"),
    ("number3", "-3"),
    ("letter1", "abcXYZ"),
    ("symbol1", "￥#*!?"),
    ("character_string1", "DH-20261123-0007"),
    ("time4", "15:01"),
    ("time4", "15:01:59"),
    ("time4", "2019年10月1日 15:01"),
    ("time4", "2026年11月29日 08:00~09:30"),
    ("time4", "2026-11-29 08:00~2026-11-30 09:00"),
    ("date1", "2019年10月1日"),
    ("date1", "2019年10月1日 15:01"),
    ("date1", "2019年10月"),
    ("date1", "10月1日"),
    ("date1", "2019/10/01"),
    ("date1", "2019.10.01~2019.10.07"),
    ("amount1", "¥100.50"),
    ("amount1", "100元"),
    ("phone_number1", "+86-138 0000 0001"),
    ("car_number1", "粤B12345"),
    ("name1", "欧阳修"),
    ("name1", "Li Xiaoming"),
    ("phrase1", "待受理"),
    ("phrase1", "办理完成了"),
    ("enum1", "anything"),
    ("short_thing1", "没有规则的种类"),
]

BAD = [
    ("thing1", "二十一个字二十一个字二十一个字二十一个字二"),
    ("thing1", "two\nlines"),
    ("thing1", "tab\there"),
    ("number3", "12a"),
    ("number3", "1" * 33),
    ("letter1", "abc1"),
    ("letter1", "a" * 33),
    ("symbol1", "######"),
    ("symbol1", "ab"),
    ("character_string1", "工单7"),
    ("character_string1", "x" * 33),
    ("time4", "25:00"),
    ("time4", "2026年11月29日"),
    ("time4", "明天"),
    ("date1", "15:01"),
    ("date1", "2019"),
    ("amount1", "¥12345678901"),
    ("amount1", "一百元"),
    ("phone_number1", "1" * 18),
    ("phone_number1", "电话"),
    ("car_number1", "粤B12345678"),
    ("name1", "十一个汉字的名字太长了吧"),
    ("name1", "x" * 21),
    ("name1", "Li 李李李李李李李李"),
    ("phrase1", "六个汉字不行"),
    ("phrase1", "ok"),
    ("enum1", "with\x00control"),
]


@pytest.mark.parametrize(("key", "value"), GOOD)
def test_value_fits(key: str, value: str) -> None:
    assert value_fits(key, value)


@pytest.mark.parametrize(("key", "value"), BAD)
def test_value_does_not_fit(key: str, value: str) -> None:
    assert not value_fits(key, value)
