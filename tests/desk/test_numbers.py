"""Figures at the desk: each opens to what it is made of, and leaves as a table without formulas."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from backend.desk.figures import FIGURES
from backend.membership.away.models import MemberFlow
from backend.membership.away.workflow import FlowState
from backend.membership.directions.models import FlowMap
from backend.membership.headcounts.due import count_members
from backend.people.models import OrganizationPost, Role
from backend.tally.due import fold
from tests.branch_life.makers import START, planned, scan
from tests.cast import SINCE, Person, World
from tests.conftest import Api, FakeClock
from tests.desk.conftest import Seat, text_of
from tests.membership.test_away import planned as planned_stay
from tests.service.conftest import Desk

Sit = Callable[[Person | None], Seat]


@pytest.fixture
def auditor(world: World) -> Person:
    """Somebody who may see the county's numbers and nothing that they are made of."""
    post = {"role": Role.AUDITOR, "starts_on": SINCE, "organization": world.organizations["county"]}
    OrganizationPost.create(account=world.stranger.account, **post)
    return world.stranger


SQUARE = [[113.0, 22.0], [114.0, 22.0], [114.0, 23.0], [113.0, 23.0], [113.0, 22.0]]


def a_map(*names: str, **changed: Any) -> bytes:
    """Squares beside each other with these names."""
    features = [
        {
            "type": "Feature",
            "properties": {"name": name},
            "geometry": {"type": "Polygon", "coordinates": [[[x + place, y] for x, y in SQUARE]]},
        }
        for place, name in enumerate(names)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features, **changed}).encode()


def put_map(seat: Seat, content: bytes, **fields: str) -> Any:
    form = {"organization": "DH", "map": (io.BytesIO(content), "map.json"), **fields}
    return seat.post("/numbers/directions/map", form)


@pytest.mark.parametrize("code", FIGURES)
def test_every_figure_opens_and_says_how_it_is_made(sit: Sit, world: World, code: str) -> None:
    answer = sit(world.county_officer).get(f"/numbers/{code}")
    assert answer.status_code == 200
    shown = text_of(answer)
    assert FIGURES[code].rule in shown
    assert all(one in shown for one in FIGURES[code].exclusions)
    assert "统计时间" in shown


def test_a_figure_is_what_its_parts_and_its_records_add_up_to(sit: Sit, desk: Desk, clock: FakeClock) -> None:
    numbers = [desk.submitted(), desk.closed()]
    for _ in range(2):
        county = text_of(sit(desk.world.county_officer).get("/numbers/order_submitted"))
        assert "大河街道党工委 2" in county  # the only part, for all below it
        branch = text_of(sit(desk.world.secretary).get("/numbers/order_submitted"))
        assert "共 2 条" in branch
        assert all(number in branch for number in numbers)
        fold(now=clock())


def test_a_rate_opens_to_both_sides_of_its_line(sit: Sit, desk: Desk) -> None:
    number = desk.closed()
    shown = text_of(sit(desk.world.secretary).get("/numbers/satisfied"))
    assert "100.0%" in shown
    assert "1 ÷ 1" in shown
    assert shown.count(number) == 2  # as somebody who answered, and as somebody who was content
    assert "没有可计算的工单" in text_of(
        sit(desk.world.secretary).get("/numbers/satisfied?from=2025-01-01&to=2025-02-01")
    )


def test_records_are_only_for_who_may_see_them(sit: Sit, desk: Desk, auditor: Person) -> None:
    number = desk.submitted()
    auditor = sit(auditor).get("/numbers/order_submitted?organization=DH-01-01")
    assert (auditor.status_code, number in text_of(auditor)) == (200, False)
    assert "看不到逐条记录" in text_of(auditor)
    assert sit(desk.world.host_secretary).get("/numbers/order_submitted?organization=DH-01-01").status_code == 404
    assert sit(desk.world.member).get("/numbers/order_submitted").status_code == 403


def test_check_ins_open_to_activities_and_never_to_people(
    sit: Sit, world: World, api: Callable[[Any], Api], clock: FakeClock
) -> None:
    activity = planned(api, world)
    clock.set(START)
    assert scan(api, world.member, activity, START).status == 201
    answer = sit(world.secretary).get("/numbers/check_in")
    assert f"{START.month}月{START.day}日" in text_of(answer)
    assert world.member.member.name not in text_of(answer).split("逐条记录")[1]


def test_what_is_no_figure_is_no_page(sit: Sit, world: World) -> None:
    assert sit(world.secretary).get("/numbers/steps").status_code == 404
    assert sit(world.secretary).get("/numbers/check_in?from=2026-12-01&to=2026-01-01").status_code == 422


@pytest.mark.parametrize("code", ["order_submitted", "satisfied", "check_in"])
def test_a_figure_costs_the_same_with_more_behind_it(
    sit: Sit, desk: Desk, statements: Callable[[], Any], code: str
) -> None:
    def cost() -> int:
        with statements() as run:
            assert sit(desk.world.secretary).get(f"/numbers/{code}").status_code == 200
        return len(run)

    desk.closed()
    before = cost()
    for _ in range(5):
        desk.closed()
    assert cost() == before <= 14


def test_a_workbook_holds_numbers_as_numbers_and_texts_as_texts(sit: Sit, world: World, desk: Desk) -> None:
    desk.closed()
    world.branch.name = "=cmd|calc"
    world.branch.save()
    answer = sit(world.secretary).get("/numbers.xlsx")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.get_data())).get_sheet_by_index(0).to_python()
    assert rows[0][:5] == ["指标", "数值", "分子", "分母", "口径"]
    found = {row[0]: row for row in rows[1:]}
    assert found["满意率"][1:4] == ["100.0%", 1, 1]
    assert found["群众点单数"][1] == 1
    assert found["群众点单数"][6] == "=cmd|calc"  # a text: the cell holds no formula
    assert b"<f>" not in answer.get_data()


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json", "geojson"])
def test_orders_leave_without_what_people_wrote(sit: Sit, desk: Desk, kind: str, auditor: Person) -> None:
    number = desk.submitted(title="灯坏了不要外传")
    answer = sit(desk.world.secretary).get(f"/numbers/orders?format={kind}")
    assert answer.status_code == 200
    content = answer.get_data()
    if kind == "xlsx":
        content = repr(CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()).encode()
    assert number.encode() in content
    assert "不要外传".encode() not in content
    assert sit(auditor).get(f"/numbers/orders?format={kind}&organization=DH-01-01").status_code == 403


def test_where_members_went_is_counted_by_province_and_city(
    sit: Sit, world: World, api: Callable[[Any], Api], clock: FakeClock, auditor: Person
) -> None:
    planned_stay(api, world)  # to 深圳
    count_members(now=clock())
    assert "现有外出党员 0 人" in text_of(sit(world.county_officer).get("/numbers/directions"))  # planned only
    MemberFlow.update(state=FlowState.OUT).execute()
    assert count_members(now=clock()) == 1
    assert count_members(now=clock()) == 0
    officer = text_of(sit(world.county_officer).get("/numbers/directions"))
    assert "现有外出党员 1 人" in officer
    assert "广东 深圳 1 人" in officer
    few = text_of(sit(auditor).get("/numbers/directions?organization=DH"))
    assert "广东 深圳 不足 3 人" in few
    MemberFlow.update(in_force=None).execute()
    count_members(now=clock())
    assert "没有登记外出的党员" in text_of(sit(world.county_officer).get("/numbers/directions"))


def test_a_county_brings_its_map_and_a_branch_below_sees_it(
    sit: Sit, world: World, api: Callable[[Any], Api], clock: FakeClock
) -> None:
    planned_stay(api, world)
    MemberFlow.update(state=FlowState.OUT).execute()
    count_members(now=clock())
    officer = sit(world.county_officer)
    assert put_map(officer, a_map("广东省", "湖南省"), home="湖南", licence="GS(2026)1号").status_code == 204
    for person in (world.county_officer, world.secretary):
        page = sit(person).get("/numbers/directions")
        html = page.get_data(as_text=True)
        assert html.count("<circle") == html.count("<line") == 1
        assert "审图号：GS(2026)1号" in text_of(page)
        assert "图上没有的地方" not in text_of(page)
    assert put_map(officer, a_map("湖南省", "深圳市")).status_code == 204  # in place of the one before
    assert officer.get("/numbers/directions").get_data(as_text=True).count("<circle") == 1
    assert put_map(officer, a_map("湖南省")).status_code == 204
    assert "图上没有的地方：广东" in text_of(officer.get("/numbers/directions"))
    assert officer.post("/numbers/directions/map/drop", {"organization": "DH"}).status_code == 204
    assert "<circle" not in officer.get("/numbers/directions").get_data(as_text=True)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "读不懂这个文件"),
        (b"\xff\xfe{}", "读不懂这个文件"),
        (b"[" * 100_000, "读不懂这个文件"),
        (b'{"type": "FeatureCollection", "features": [{"geometry": null, "properties": null}]}', "没有带名称"),
        (a_map(), "没有带名称"),
        (a_map("广东", type="Topology"), "读不懂这个文件"),
        (a_map("广东").replace(b"113.0", b"413.0"), "读不懂这个文件"),
        (a_map("广东").replace(b"113.0", b'"<script>"'), "读不懂这个文件"),
        (b" " * 5_000_001, "超过 5 MB"),
    ],
)
def test_a_file_that_is_no_map_is_refused_in_words(sit: Sit, world: World, content: bytes, words: str) -> None:
    answer = put_map(sit(world.county_officer), content)
    assert (answer.status_code, words in answer.get_json()["message"]) == (422, True), answer.get_json()
    assert FlowMap.select().count() == 0


def test_nobody_brings_a_map_for_others(sit: Sit, world: World, auditor: Person) -> None:
    for person in (auditor, world.host_secretary, world.secretary):
        assert put_map(sit(person), a_map("广东")).status_code in {403, 404}
    assert FlowMap.select().count() == 0


def test_a_detailed_map_is_made_coarse_enough_for_a_page(sit: Sit, world: World) -> None:
    wavy = [[113 + step / 20_000, 22 + (step % 7) / 10_000] for step in range(20_000)]
    outline = [*wavy, [114.0, 23.0], [113.0, 23.0], wavy[0]]
    content = a_map("广东").replace(json.dumps(SQUARE).encode(), json.dumps(outline).encode())
    assert put_map(sit(world.county_officer), content).status_code == 204
    points = sum(len(ring) for area in FlowMap.get().areas for ring in area["rings"])
    assert 4 <= points < 200


def test_a_name_from_a_map_is_text(sit: Sit, world: World, api: Callable[[Any], Api], clock: FakeClock) -> None:
    planned_stay(api, world)
    MemberFlow.update(state=FlowState.OUT).execute()
    count_members(now=clock())
    put_map(sit(world.county_officer), a_map("广东<script>alert(1)</script>"))
    assert "<script>alert" not in sit(world.county_officer).get("/numbers/directions").get_data(as_text=True)
