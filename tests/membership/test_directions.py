"""From the words of a destination to a direction."""

import pytest

from backend.membership.away.directions import ALL, CITIES, PROVINCES, direction_of


@pytest.mark.parametrize(
    ("destination", "province", "city"),
    [
        ("深圳市南山区", "广东", "深圳"),
        ("广东省深圳市", "广东", "深圳"),
        ("广东东莞", "广东", "东莞"),
        ("广东省", "广东", ""),
        ("上海", "上海", ""),
        ("上海市浦东新区", "上海", ""),
        ("北京朝阳", "北京", ""),
        ("吉林省", "吉林", ""),
        ("吉林省吉林市", "吉林", "吉林市"),
        ("吉林省长春市", "吉林", "长春"),
        ("内蒙古自治区赤峰市", "内蒙古", "赤峰"),
        ("黑龙江大庆", "黑龙江", "大庆"),
        ("江苏省苏州市工业园区", "江苏", "苏州"),
        ("安徽宿州", "安徽", "宿州"),
        ("去杭州打工", "浙江", "杭州"),
        ("青海省海南州", "青海", "海南州"),
        ("香港", "香港", ""),
        ("外地", "未写明", ""),
        ("𠮷祥镇", "未写明", ""),
    ],
)
def test_a_town_is_put_to_its_province_and_city(destination: str, province: str, city: str) -> None:
    assert direction_of(destination, abroad=False) == (province, city)


def test_abroad_is_one_direction_whatever_the_words() -> None:
    assert direction_of("新加坡", abroad=True) == direction_of("广东", abroad=True) == ("境外", "")


def test_every_direction_has_a_measure_of_its_own_that_fits() -> None:
    assert len({one.measure for one in ALL}) == len(ALL) == len(PROVINCES) + len(CITIES) + 2
    assert max(len(one.measure) for one in ALL) <= 40
    assert sum(len(names.split()) for names in PROVINCES.values()) == len(CITIES)  # no city in two provinces
