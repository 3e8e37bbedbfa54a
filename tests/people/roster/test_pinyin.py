"""Names found as people type them."""

from collections.abc import Callable

import pytest

from backend.people.models import Member
from backend.people.roster.pinyin import search_keys
from tests.cast import Person, World
from tests.conftest import Api


@pytest.mark.parametrize(
    ("name", "pinyin", "initials"),
    [
        ("单雄信", "shanxiongxin", "sxx"),
        ("曾国强", "zengguoqiang", "zgq"),
        ("任重", "renzhong", "rz"),
        ("仇小乐", "qiuxiaole", "qxl"),
        ("区大为", "oudawei", "odw"),
        ("尉迟恭", "yuchigong", "ycg"),
        ("单于敬", "chanyujing", "cyj"),
        ("吕绿", "lvlv", "ll"),
        ("阿卜杜拉·买买提", "abudulamaimaiti", "abdlmmt"),
        ("Maria O'Neil", "mariaoneil", "mon"),
        ("赵", "zhao", "z"),
        ("", "", ""),
    ],
)
def test_surnames_are_read_as_surnames(name: str, pinyin: str, initials: str) -> None:
    assert search_keys(name) == (pinyin, initials)


def test_a_long_name_fits_its_columns() -> None:
    pinyin, initials = search_keys("庄" * 40)
    assert (len(pinyin), len(initials)) == (160, 40)


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("晓梅", {"钱晓梅"}),
        ("qianxiaomei", {"钱晓梅"}),
        ("Xiao Mei", {"钱晓梅"}),
        ("qxm", {"钱晓梅"}),
        ("zzq", {"赵志强"}),
        ("q", {"钱晓梅", "赵志强"}),
        ("%", set()),
        ("_", set()),
        ("查无", set()),
    ],
)
def test_the_roster_is_searched_by_name_pinyin_and_initials(
    api: Callable[[Person | None], Api], world: World, q: str, found: set[str]
) -> None:
    for member in list(Member.select()):
        member.name_pinyin, member.name_initials = search_keys(member.name)
        member.save()
    answer = api(world.secretary).get("/organizations/DH-01-01/members", q=q)
    assert {row["name"] for row in answer.data["items"]} == found


def test_search_stays_on_the_roster_that_one_may_see(api: Callable[[Person | None], Api], world: World) -> None:
    assert api(world.resident).get("/organizations/DH-01-01/members", q="q").status == 404
    assert api(world.secretary).get("/organizations/DH-01-01/members", q="周敏").data["items"] == []
    assert api(world.secretary).get("/organizations/DH-01-01/members", q="x" * 41).status == 422
