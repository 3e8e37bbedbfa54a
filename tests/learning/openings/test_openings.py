"""What is still open to join: what gives hours, is not over, and has not been joined; for oneself alone."""

from datetime import timedelta
from typing import Any

import pytest

from tests.branch_life.makers import END, START, host, planned, scan
from tests.cast import World
from tests.conftest import Answer
from tests.learning.lessons.conftest import Desk
from tests.learning.lessons.conftest import desk as desk
from tests.people.test_exemptions import exempt


def openings(api: Any, person: Any) -> list[tuple[str, str, float]]:
    """Kind, title and hours of what somebody can still join."""
    answer = api(person).get("/me/openings")
    assert answer.status == 200, answer.body
    return [(one["what"], one["title"], one["hours"]) for one in answer.data["items"]]


def later(days: int, hours: float = 1.5) -> dict[str, str]:
    begins = START + timedelta(days=days)
    return {"starts_at": begins.isoformat(), "ends_at": (begins + timedelta(hours=hours)).isoformat()}


def test_what_gives_hours_comes_next_first(api: Any, world: World) -> None:
    planned(api, world, title="集中培训", kind="intensive_training", **later(7, 7))
    planned(api, world, title="主题党日")
    planned(api, world, title="半天集体学习", kind="collective_study", **later(3, 3))
    planned(api, world, title="志愿服务", kind="volunteer_work", **later(2))
    planned(api, world, title="支委会", kind="committee_meeting", **later(2))
    assert openings(api, world.member) == [
        ("activity", "主题党日", 1.5),
        ("activity", "半天集体学习", 4.0),
        ("activity", "集中培训", 8.0),
    ]
    data = api(world.member).get("/me/openings").data
    assert data["hours"] == {**data["hours"], "done": 0.0, "target": 32, "left": 32.0, "exempt": False}
    assert data["items"][0]["place"] == "社区党群服务中心二楼"


def test_what_is_joined_over_cancelled_or_begged_off_is_not_open(api: Any, world: World, clock: Any) -> None:
    joined = planned(api, world, title="来过的")
    off = planned(api, world, title="取消的", **later(1))
    excused = planned(api, world, title="请过假的", **later(2))
    planned(api, world, title="要来的", **later(3))
    leave = api(world.member).post(f"/activities/{excused}/leaves", {"reason": "出差"}).data["id"]
    assert len(openings(api, world.member)) == 4
    assert api(world.secretary).post(f"/activities/{excused}/leaves/{leave}/approve", {}).status == 200
    assert api(world.secretary).post(f"/activities/{off}/cancel", {"reason": "大雨"}).status == 200
    clock.set(START)
    assert scan(api, world.member, joined, START).status == 201
    assert [title for _, title, _ in openings(api, world.member)] == ["要来的"]
    assert [title for _, title, _ in openings(api, world.second_member)] == ["来过的", "请过假的", "要来的"]
    clock.set(END + timedelta(minutes=1))
    assert [title for _, title, _ in openings(api, world.second_member)] == ["请过假的", "要来的"]


def test_only_where_one_belongs_or_is_named(api: Any, world: World) -> None:
    planned(api, world, title="点名的", invited={"members": [world.member.member.public_id]}, **later(1))
    planned(
        api, world, title="开放的", invited={"members": [world.member.member.public_id], "visitors": True}, **later(2)
    )
    planned(api, world, title="全体的", **later(3))
    assert [title for _, title, _ in openings(api, world.member)] == ["点名的", "开放的", "全体的"]
    assert [title for _, title, _ in openings(api, world.second_member)] == ["开放的", "全体的"]
    assert openings(api, world.host_secretary) == []
    host(world.host_secretary, world.branch)
    assert [title for _, title, _ in openings(api, world.host_secretary)] == ["开放的", "全体的"]
    refused: Answer = api(world.resident).get("/me/openings")
    assert (refused.status, refused.code) == (404, "no_card")


def test_places_are_told_where_they_are_few(api: Any, world: World) -> None:
    few = planned(api, world, title="参观", kind="red_site_visit", capacity=1, **later(1))
    assert api(world.member).post(f"/activities/{few}/sign-ups").status == 201
    assert api(world.second_member).post(f"/activities/{few}/sign-ups").status == 201

    def seen(person: Any) -> tuple[int | None, str | None]:
        (one,) = api(person).get("/me/openings").data["items"]
        return one["places_left"], one["own"]

    assert seen(world.member) == (0, "going")
    assert seen(world.second_member) == (0, "waiting")
    assert seen(world.volunteer) == (0, None)


def test_lessons_that_were_not_heard_follow(desk: Desk, api: Any, world: World) -> None:
    lesson = desk.published()
    planned(api, world, title="主题党日")
    assert openings(api, world.member)[-1] == ("lesson", "把小事办到门口", 0.1)
    desk.clock.advance(hours=1)
    body = {
        "organization": "DH-01-01",
        "held_at": (desk.clock() - timedelta(minutes=20)).isoformat(),
        "place": "会议室",
        "members": [world.member.member.public_id],
    }
    viewing = api(world.secretary).post(f"/lessons/{lesson}/viewings", body).data["id"]
    assert [what for what, _, _ in openings(api, world.member)] == ["activity"]
    assert [what for what, _, _ in openings(api, world.volunteer)] == ["activity", "lesson"]
    assert api(world.secretary).post(f"/viewings/{viewing}/void", {"reason": "登记错了"}).status == 200
    assert [what for what, _, _ in openings(api, world.member)] == ["activity", "lesson"]


@pytest.mark.parametrize(("part", "target"), [("member", 32), ("secretary", 56)])
def test_the_target_is_that_of_ones_posts(api: Any, world: World, part: str, target: int) -> None:
    hours = api(getattr(world, part)).get("/me/openings").data["hours"]
    assert (hours["target"], hours["left"]) == (target, float(target))


def test_nothing_is_asked_of_the_exempt_but_all_stays_open(api: Any, world: World) -> None:
    planned(api, world, title="主题党日")
    exempt(api, world)
    assert api(world.member).get("/me/openings").data["hours"]["target"] == 0
    assert [title for _, title, _ in openings(api, world.member)] == ["主题党日"]
