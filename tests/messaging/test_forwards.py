"""Posts for ordinary WeChat groups, and the groups themselves."""

import base64
from collections.abc import Callable
from typing import Any

from backend.learning.lessons.models import Lesson
from backend.media.models import Media, MediaState
from backend.messaging import forwards
from backend.messaging.models import Channel, Forward, OutboxEvent
from backend.messaging.texts.shape import Text
from backend.people.models import OrganizationPost, Role
from tests.cast import SINCE, World
from tests.conftest import Api, FakeClock
from tests.learning.lessons.conftest import keep_media
from tests.messaging.makers import claimed, group, happen, readers, spread_all

Calls = Callable[[Any], Api]


def prepared(world: World, clock: FakeClock, *titles: str) -> list[str]:
    """Posts made ready for the branch's WeChat group; gives their ids."""
    if not OutboxEvent.select().exists():
        group(world.branch, clock(), channel=Channel.MANUAL_FORWARD, key=None)
    for title in titles:
        happen("lesson.published", clock(), at=world.branch, title=title)
    spread_all(clock())
    for parcel in claimed(clock()):
        text = Text("党课星期天", f"《{parcel.facts['title']}》", "pages/lesson/detail?id=1")
        forwards.prepare(parcel, text, now=clock())
    return [row.public_id for row in Forward.select().order_by(Forward.id)]


def bodies(answer: Any) -> list[str]:
    """Which posts are listed."""
    assert answer.status == 200, answer.body
    return [item["text"] for item in answer.data["items"]]


def test_a_post_is_prepared_once_and_the_secretary_is_told(world: World, clock: FakeClock) -> None:
    group(world.branch, clock(), channel=Channel.MANUAL_FORWARD, key=None)
    happen("lesson.published", clock(), at=world.branch)
    spread_all(clock())
    before = len(readers())
    (parcel,) = claimed(clock())
    for _ in range(3):
        forwards.prepare(parcel, Text("党课星期天", "本周党课"), now=clock())
    assert Forward.select().count() == 1
    (told,) = OutboxEvent.select().where(OutboxEvent.topic == "forward.due")
    assert told.facts == {"group": "大河社区第一党支部群", "title": "党课星期天"}
    spread_all(clock())
    assert len(readers()) == before + 1


def test_the_secretary_sees_what_waits_and_ticks_it_off(api: Calls, world: World, clock: FakeClock) -> None:
    first, _ = prepared(world, clock, "一", "二")
    answer = api(world.secretary).get("/me/forwards")
    assert bodies(answer) == ["《一》", "《二》"]
    assert answer.data["items"][0] == {
        "id": first,
        "group": "大河社区第一党支部群",
        "text": "《一》",
        "page": "pages/lesson/detail?id=1",
        "reason": None,
        "created_at": "2026-11-23T09:00:00+08:00",
        "done_at": None,
    }
    clock.advance(minutes=1)
    done = api(world.secretary).post(f"/forwards/{first}/done")
    assert (done.status, done.data["done_at"]) == (200, "2026-11-23T09:01:00+08:00")
    assert bodies(api(world.secretary).get("/me/forwards")) == ["《二》"]
    assert bodies(api(world.secretary).get("/me/forwards", done="true")) == ["《一》"]


def test_a_post_comes_with_its_picture_and_a_code_of_its_page(api: Calls, world: World, clock: FakeClock) -> None:
    (post,) = prepared(world, clock, "一")
    kit = api(world.secretary).get(f"/forwards/{post}").data
    assert kit["text"] == "《一》"
    assert kit["link"].endswith("/m/#/pages/lesson/detail?id=1")
    assert base64.b64decode(kit["code_image"].removeprefix("data:image/png;base64,")).startswith(b"\x89PNG")
    assert kit["picture_url"] is None  # no lesson of that name is out
    for person, status in ((world.member, 403), (world.host_secretary, 404)):
        assert api(person).get(f"/forwards/{post}").status == status


def test_a_lessons_poster_goes_with_its_post(api: Calls, world: World, clock: FakeClock) -> None:
    poster = keep_media(world.secretary, clock(), seconds=None)
    Media.update(moderation=MediaState.PASSED).execute()
    lesson = Lesson.create(
        public_id="thelesson",
        organization=world.branch,
        title="一",
        lecturer="孙立新",
        source="支部",
        text="正文",
        audio=Media.get(),
        poster=Media.get(Media.public_id == poster),
        duration_s=300,
        state="published",
        author=world.secretary.account,
        publish_on="2026-11-29",
        created_at=clock(),
        changed_at=clock(),
    )
    group(world.branch, clock(), channel=Channel.MANUAL_FORWARD, key=None)
    happen("lesson.published", clock(), at=world.branch, id=lesson.public_id)
    spread_all(clock())
    (parcel,) = claimed(clock())
    forwards.prepare(parcel, Text("党课星期天", "本周党课"), now=clock())
    read = api(world.secretary)
    kit = read.get(f"/forwards/{Forward.get().public_id}").data
    assert poster in kit["picture_url"]
    assert kit["code_image"] is None
    Lesson.update(state="withdrawn").execute()
    assert read.get(f"/forwards/{Forward.get().public_id}").data["picture_url"] is None


def test_a_second_tap_keeps_the_first_time(api: Calls, world: World, clock: FakeClock) -> None:
    (post,) = prepared(world, clock, "一")
    first = api(world.secretary).post(f"/forwards/{post}/done").data
    clock.advance(hours=1)
    assert api(world.secretary).post(f"/forwards/{post}/done").data == first
    assert Forward.get().done_by_id == world.secretary.account.id


def test_only_those_who_manage_the_group_see_its_posts(api: Calls, world: World, clock: FakeClock) -> None:
    (post,) = prepared(world, clock, "一")
    for part, status in (("host_secretary", 404), ("county_officer", 404), ("resident", 404), ("member", 403)):
        assert bodies(api(world.people[part]).get("/me/forwards")) == [], part
        assert api(world.people[part]).post(f"/forwards/{post}/done").status == status, part
    unknown = api(world.secretary).post("/forwards/nothing/done")
    assert (unknown.status, unknown.code) == (404, "forward_not_found")
    assert Forward.get().done_at is None


def test_posts_are_paged(api: Calls, world: World, clock: FakeClock) -> None:
    prepared(world, clock, "一", "二", "三")
    first = api(world.secretary).get("/me/forwards", limit=2)
    second = api(world.secretary).get("/me/forwards", limit=2, cursor=first.data["next_cursor"])
    assert bodies(first) + bodies(second) == ["《一》", "《二》", "《三》"]
    assert second.data["next_cursor"] is None


# ---------------------------------------------------------------- groups


def test_the_groups_of_a_branch_never_show_their_key(api: Calls, world: World, clock: FakeClock) -> None:
    robot = group(world.branch, clock(), key="very-secret-key")
    robot.disabled_at, robot.disabled_reason = clock(), "93000"
    robot.save()
    wechat = group(world.branch, clock(), channel=Channel.MANUAL_FORWARD, key=None)
    group(world.host_branch, clock())
    answer = api(world.secretary).get("/organizations/DH-01-01/group-chats")
    assert answer.data == [
        {
            "id": robot.public_id,
            "name": "大河社区第一党支部群",
            "channel": "wecom_robot",
            "disabled": True,
            "disabled_reason": "93000",
            "kind": "robot",
            "muted_until": None,
            "last_post": None,
            "linked": False,
            "posts": [],
        },
        {
            "id": wechat.public_id,
            "name": "大河社区第一党支部群",
            "channel": "manual_forward",
            "disabled": False,
            "disabled_reason": None,
            "kind": "wechat",
            "muted_until": None,
            "last_post": None,
            "linked": False,
            "posts": [],
        },
    ]
    assert "very-secret-key" not in str(answer.body)


def test_groups_are_for_those_who_manage_them(api: Calls, world: World) -> None:
    OrganizationPost.create(
        organization=world.branch, account=world.neighbour.account, role=Role.DEPUTY_SECRETARY, starts_on=SINCE
    )
    found = {
        part: api(world.people[part]).get("/organizations/DH-01-01/group-chats").status
        for part in ("secretary", "neighbour", "county_officer", "member", "host_secretary", "resident")
    }
    assert found == {
        "secretary": 200,
        "neighbour": 200,
        "county_officer": 403,
        "member": 403,
        "host_secretary": 404,
        "resident": 404,
    }
