"""Values of template fields: what we send is what the platform takes, for every type that it documents."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.messaging.texts.shape import Unfit, clip, fill_template, fit, moment, short_moment
from emulator.wx.value_rules import RULES, value_fits

FORMED = {"number", "amount", "phone_number", "time", "date"}
TWENTY_ONE = "一二三四五六七八九十一二三四五六七八九十一"


@pytest.mark.parametrize("kind", RULES)
@given(value=st.text(max_size=60))
def test_whatever_comes_what_goes_is_taken_by_the_platform(kind: str, value: str) -> None:
    """The oracle is the emulator, which shares no line with the product."""
    try:
        fitted = fit(f"{kind}1", value)
    except Unfit:
        assert kind in FORMED
    else:
        assert fitted.strip()
        assert value_fits(f"{kind}1", fitted), (value, fitted)


@pytest.mark.parametrize(
    ("field", "value", "fitted"),
    [
        ("thing1", "三号楼楼道灯不亮", "三号楼楼道灯不亮"),
        ("thing12", TWENTY_ONE[:20], TWENTY_ONE[:20]),
        ("thing1", TWENTY_ONE, TWENTY_ONE[:19] + "…"),
        ("thing1", "  第一行\n第二行\t三\u2028四\x85五 ", "第一行 第二行 三 四 五"),
        ("thing1", "", "—"),
        ("thing1", "\n\t", "—"),
        ("phrase4", "待受理", "待受理"),
        ("phrase4", "已经受理完毕了", "已经受理完"),
        ("phrase4", "办结 ok!", "办结"),
        ("phrase4", "", "无"),
        ("character_string1", "261123-483920", "261123-483920"),
        ("character_string1", "单号A-1", "A-1"),
        ("character_string1", "x" * 40, "x" * 32),
        ("character_string1", "全是汉字", "-"),
        ("name1", "欧阳修文", "欧阳修文"),
        ("name1", "阿卜杜拉·买买提·艾力江", "阿卜杜拉·买买提·…"),
        ("name1", "Abdulla Mamat Ali", "Abdulla Mamat Ali"),
        ("letter1", "abc 123 党", "abc"),
        ("symbol1", "★★★★★★", "★★★★★"),
        ("number1", "18", "18"),
        ("number1", "-3.5", "-3.5"),
        ("amount1", "¥12.50元", "¥12.50元"),
        ("phone_number1", "0755-8888 6666", "0755-8888 6666"),
        ("car_number1", "川A12345学习", "川A12345学"),
        ("time2", "2026-11-29T08:00:00+08:00", "2026年11月29日 08:00"),
        ("time2", "2026-11-29T00:00:00+00:00", "2026年11月29日 08:00"),
        ("time2", "08:00", "08:00"),
        ("date3", "2026-11-29T08:00:00+08:00", "2026年11月29日 08:00"),
        ("date3", "2026年11月29日", "2026年11月29日"),
        ("short_thing5", "新类型\n没有写明", "新类型 没有写明"),
    ],
)
def test_a_value_is_cut_to_its_type(field: str, value: str, fitted: str) -> None:
    assert fit(field, value) == fitted


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("time2", ""),
        ("time2", "尽快"),
        ("date3", "—"),
        ("number1", ""),
        ("number1", "十八"),
        ("number1", "1" * 33),
        ("amount1", "免费"),
        ("phone_number1", "没有电话"),
        ("time2", "２０２６年１１月２９日 ０８:００"),
    ],
)
def test_a_value_that_cannot_be_made_to_fit_is_said_to_be_unfit(field: str, value: str) -> None:
    with pytest.raises(Unfit, match=f"no value for {field}") as caught:
        fit(field, value)
    assert not value or value not in str(caught.value)


def test_a_template_is_filled_by_our_names() -> None:
    fields = {"thing1": "title", "time2": "at", "phrase3": "state", "thing4": "missing"}
    values = {"title": "灯不亮", "at": "2026-11-29T08:00:00+08:00", "state": "待受理", "unused": "x"}
    assert fill_template(fields, values) == {
        "thing1": "灯不亮",
        "time2": "2026年11月29日 08:00",
        "phrase3": "待受理",
        "thing4": "—",
    }
    with pytest.raises(Unfit):
        fill_template(fields, {**values, "at": None})


def test_moments_are_local_and_may_be_missing() -> None:
    assert moment("2026-11-28T17:30:00+00:00") == "2026年11月29日 01:30"
    assert short_moment("2026-11-28T17:30:00+00:00") == "11月29日 01:30"
    assert (moment(None), short_moment(None)) == ("—", "—")


@given(st.text(max_size=30), st.integers(1, 20))
def test_a_clipped_text_is_never_too_long_and_short_ones_stay(text: str, limit: int) -> None:
    cut = clip(text, limit)
    assert len(cut) <= limit
    assert cut == text or cut == text[: limit - 1] + "…"
