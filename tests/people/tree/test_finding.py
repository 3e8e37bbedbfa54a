"""Finding organisations by name and place, and members of a whole subtree, at a cost that does not grow."""

from collections.abc import Callable
from typing import Any

import pytest

from backend.core.database import in_unit_of_work
from backend.membership.headcounts.due import count_members
from backend.people.models import Member, Organization, OrganizationPost
from backend.people.roster.pinyin import search_keys
from backend.people.tree import finding, members
from backend.people.tree.planting import grams_of, plant
from tests.cast import LONG_AGO, World
from tests.conftest import Api, FakeClock

Calls = Callable[[Any], Api]


def found(above: Organization, code: str, name: str, kind: str = "branch") -> Organization:
    """One more organisation."""
    return in_unit_of_work(lambda: plant(above, code=code, name=name, kind=kind, now=LONG_AGO))


def enrol(branch: Organization, *names: str) -> None:
    """Members without accounts."""
    for number, name in enumerate(names):
        pinyin, initials = search_keys(name)
        Member.create(
            public_id=f"{branch.id}-{number}-{Member.select().count()}",
            name=name,
            name_pinyin=pinyin,
            name_initials=initials,
            status="full",
            organization=branch,
            created_at=LONG_AGO,
        )


def pages(api: Api, path: str, **query: Any) -> list[list[dict[str, Any]]]:
    """All pages of a list."""
    every, cursor = [], {}
    while True:
        answer = api.get(path, **query, **cursor)
        assert answer.status == 200, answer.body
        every.append(answer.data["items"])
        if answer.data["next_cursor"] is None:
            return every
        cursor = {"cursor": answer.data["next_cursor"]}


def test_grams_are_neighbouring_characters_without_regard_to_case() -> None:
    assert grams_of("A区A区", (1, 2)) == {"a", "区", "a区", "区a"}
    assert grams_of("支", (1,)) == {"支"}
    assert grams_of("支", (2,)) == set()


@pytest.mark.parametrize("under", [None, "DH", "DH-01"])
def test_a_search_goes_through_all_pages_whichever_way_it_takes(api: Calls, world: World, under: str | None) -> None:
    for number in range(7):
        found(world.street, f"B{number}", f"清水湾第{number}党支部")
    query = {"under": under} if under else {}
    every = pages(api(world.stranger), "/organizations", q="清水湾", limit=3, **query)
    assert [len(page) for page in every] == [3, 3, 1]
    assert [one["code"] for page in every for one in page] == [f"B{number}" for number in range(7)]


def test_the_way_that_reads_fewer_rows_is_taken(world: World) -> None:
    for number in range(5):
        found(world.street, f"B{number}", f"清水湾第{number}党支部")

    def way(q: str, under: str | None = None) -> str | None:
        root = Organization.get(Organization.code == under).path if under else None
        return finding._gram(finding.OrganizationQuery(q=q, under=under), root)

    assert way("第3党支部") in {"第3", "3党"}
    assert way("第3党支部", "DH") in {"第3", "3党"}
    assert way("党支部", "NS-01") is None
    assert way("党") == "党"


def test_a_cursor_of_one_way_never_leads_into_the_other(api: Calls, world: World) -> None:
    for cursor in ("bm90aGluZw", "MXwy"):
        refused = api(world.stranger).get("/organizations", q="党支部", cursor=cursor)
        assert (refused.status, refused.body["errors"][0]["code"]) == (422, "bad_cursor")


def names(every: list[list[dict[str, Any]]]) -> list[str]:
    """Whom the pages show."""
    return [one["name"] for page in every for one in page]


@pytest.fixture
def second(world: World) -> Organization:
    """A second branch of the street with members, and an empty one between."""
    found(world.street, "EMPTY", "空支部")
    branch = found(world.street, "DH-01-02", "大河社区第二党支部")
    enrol(branch, "张伟", "张伟", "章蔚", "欧阳修", "单雄信", "安宁", "John Smith", "仇珍")
    return branch


def test_members_below_come_in_the_order_of_the_tree_on_whatever_pages(
    api: Calls, world: World, second: Organization
) -> None:
    expected = ["赵志强", "钱晓梅", "冯磊", "孙立新"]
    for limit in (1, 3, 100):
        shown = pages(api(world.county_officer), "/organizations/DH-01/members", below=True, limit=limit)
        assert names(shown)[:4] == sorted(expected)
        assert names(shown)[4:] == sorted(["张伟", "张伟", "章蔚", "欧阳修", "单雄信", "安宁", "John Smith", "仇珍"])
    last = pages(api(world.county_officer), "/organizations/DH-01/members", below=True)[-1][-1]
    assert last["organization"] == {"code": "DH-01-02", "name": "大河社区第二党支部"}
    assert last["kind"] == "home"


def test_a_window_that_ends_amid_the_tree_says_where_to_go_on(
    api: Calls, world: World, second: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members, "LIST_WINDOW", 2)
    monkeypatch.setattr(members, "SEARCH_WINDOW", 1)
    shown = pages(api(world.county_officer), "/organizations/DH/members", below=True, limit=3)
    everybody = "吴远 赵志强 钱晓梅 冯磊 孙立新 周敏 张伟 张伟 章蔚 欧阳修 单雄信 安宁 仇珍".split()  # noqa: SIM905 - read
    assert sorted(names(shown)) == sorted([*everybody, "John Smith"])
    searched = pages(api(world.county_officer), "/organizations/DH/members", below=True, q="zhangw")
    assert names(searched) == ["张伟", "张伟", "章蔚"]
    assert searched.count([]) == 5


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("张", ["张伟", "张伟"]),
        ("张伟", ["张伟", "张伟"]),
        ("伟", []),
        ("zhang", ["张伟", "张伟", "章蔚"]),
        ("ZHANG W", ["张伟", "张伟", "章蔚"]),
        ("zw", ["张伟", "张伟", "章蔚"]),
        ("shan", ["单雄信"]),
        ("zh", ["张伟", "张伟", "章蔚"]),
        ("sh", ["单雄信"]),
        ("sxx", ["单雄信"]),
        ("oyx", ["欧阳修"]),
        ("ouyang", ["欧阳修"]),
        ("an", ["安宁"]),
        ("qiu", ["仇珍"]),
        ("johns", ["John Smith"]),
        ("js", ["John Smith"]),
        ("%", []),
        ("_", []),
        ("' OR 1=1", []),
    ],
)
def test_members_below_are_found_by_how_name_pinyin_or_initials_begin(
    api: Calls, world: World, second: Organization, typed: str, wanted: list[str]
) -> None:
    shown = pages(api(world.county_officer), "/organizations/DH/members", below=True, q=typed)
    assert names(shown) == wanted


# who asks → the branch and all below, the street and all below
SEES = {
    "secretary": (200, 404),
    "county_officer": (200, 200),
    "member": (403, 404),
    "host_secretary": (404, 404),
    "stranger": (404, 404),
}


@pytest.mark.parametrize("part", SEES)
def test_members_below_are_for_those_whose_post_reaches_there(api: Calls, world: World, part: str) -> None:
    person = api(world.people[part])
    for query in ({"below": True}, {"below": True, "q": "张"}):
        shown = [person.get(f"/organizations/{code}/members", **query).status for code in ("DH-01-01", "DH-01")]
        assert tuple(shown) == SEES[part]
    counted = [person.get(f"/organizations/{code}/members/count").status for code in ("DH-01-01", "DH-01")]
    assert tuple(counted) == SEES[part]


def test_a_dispatcher_sees_his_own_branch_and_nothing_below(api: Calls, world: World) -> None:
    OrganizationPost.update(role="dispatcher").where(OrganizationPost.account == world.secretary.account.id).execute()
    dispatcher = api(world.secretary)
    assert dispatcher.get("/organizations/DH-01-01/members").status == 200
    assert dispatcher.get("/organizations/DH-01-01/members", below=True).status == 403
    assert dispatcher.get("/organizations/DH-01-01/members/count").status == 403


def test_members_are_counted_here_and_below(api: Calls, world: World, second: Organization, clock: FakeClock) -> None:
    assert count_members(now=clock()) > 0
    assert count_members(now=clock()) == 0  # nobody came or went
    counts = {
        code: api(world.county_officer).get(f"/organizations/{code}/members/count").data
        for code in ("DH", "DH-01", "DH-01-01", "EMPTY")
    }
    assert counts == {
        "DH": {"own": 1, "below": 14},
        "DH-01": {"own": 0, "below": 12},
        "DH-01-01": {"own": 4, "below": 4},
        "EMPTY": {"own": 0, "below": 0},
    }
    Member.update(organization=world.host_branch).where(Member.id == world.member.member.id).execute()
    assert count_members(now=clock()) == 2
    street = api(world.county_officer).get("/organizations/DH-01/members/count").data
    assert street == {"own": 0, "below": 11}


def test_the_cost_of_a_page_does_not_grow(
    api: Calls, world: World, second: Organization, statements: Callable[[], Any]
) -> None:
    def cost(path: str, **query: Any) -> int:
        with statements() as asked:
            assert api(world.county_officer).get(path, **query).status == 200
        return len(asked)

    calls: list[tuple[str, dict[str, Any]]] = [
        ("/organizations/DH/members", {"below": True, "limit": 5}),
        ("/organizations/DH/members", {"below": True, "q": "zw"}),
        ("/organizations", {"q": "支部"}),
        ("/organizations", {"under": "DH"}),
    ]
    few = [cost(path, **query) for path, query in calls]
    for number in range(20):
        enrol(found(world.street, f"N{number}", f"新支部{number}"), "张伟", "王芳")
    many = [cost(path, **query) for path, query in calls]
    assert all(now <= before for now, before in zip(many, few, strict=True))
    assert max(few) <= 5
