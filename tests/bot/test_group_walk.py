"""A group from its adding to its repair, over HTTP and the emulator: as the secretary lives it."""

from collections.abc import Callable
from typing import Any

from backend.core.database import database
from backend.messaging.models import InboxMessage
from tests.cast import World
from tests.conftest import Api, FakeClock
from tests.emulated import ROBOT_KEY, Platform
from tests.messaging.makers import happen

Calls = Callable[[Any], Api]
Tick = Callable[..., int]
GROUPS = "/organizations/DH-01-01/group-chats"
ADDRESS = f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={ROBOT_KEY}"


def posts(platform: Platform) -> list[str]:
    """What the group has read, in order."""
    return [item["text"] for item in platform.sent(channel="wecom_robot")]


def test_a_robot_is_added_tried_lost_and_repaired(
    api: Calls, known: World, platform: Platform, tick: Tick, clock: FakeClock
) -> None:
    secretary = api(known.secretary)
    added = secretary.post(GROUPS, {"name": "工作群", "kind": "robot", "robot_key": ADDRESS})
    assert added.status == 201, added.body
    chat = added.data["id"]
    (stored,) = database.execute_sql("SELECT robot_key FROM group_chat").fetchone()
    assert ROBOT_KEY not in str(stored)
    assert ROBOT_KEY not in str(secretary.get(GROUPS).body)

    assert secretary.post(f"/group-chats/{chat}/test").status == 200
    tick()
    assert [text[:4] for text in posts(platform)] == ["【测试】"]
    assert secretary.get(GROUPS).data[0]["last_post"]["state"] == "sent"

    platform.control("robots", key=ROBOT_KEY, removed=True)
    happen("activity.cancelled", clock(), at=known.branch)
    for _ in range(3):
        tick(5)
    (shown,) = secretary.get(GROUPS).data
    assert (shown["disabled"], shown["disabled_reason"]) == (True, "93000")
    task = next(one for one in secretary.get("/me/inbox").data["items"] if one["page"] == "pages/group/list")
    assert "重新添加" in task["body"]
    assert secretary.post(f"/group-chats/{chat}/test").code == "group_chat_disabled"

    platform.control("robots", key=ROBOT_KEY, removed=False)
    assert secretary.post(f"/group-chats/{chat}/enable", {"robot_key": ADDRESS}).data["disabled"] is False
    happen("activity.cancelled", clock(), at=known.branch)
    tick(60)
    assert "【取消】" in posts(platform)[-1]
    assert secretary.post(f"/group-chats/{chat}/mute", {"until": "2026-11-24T09:00:00+08:00"}).status == 200
    before = len(posts(platform))
    happen("activity.cancelled", clock(), at=known.branch)
    tick(60)
    assert len(posts(platform)) == before


def test_an_ordinary_and_a_customer_group_are_forwarded_to_by_the_secretary_and_never_reminded_there(
    api: Calls, known: World, platform: Platform, tick: Tick, clock: FakeClock
) -> None:
    secretary = api(known.secretary)
    for kind in ("wechat", "customer"):
        assert secretary.post(GROUPS, {"name": f"{kind} 群", "kind": kind}).status == 201
    happen("lesson.published", clock(), at=known.branch, id="nothing")
    for _ in range(3):
        tick(1)
    waiting = secretary.get("/me/forwards").data["items"]
    assert [one["group"] for one in waiting] == ["wechat 群", "customer 群"]
    assert posts(platform) == []
    reminders = InboxMessage.select().where(InboxMessage.page == "pages/forward/list")
    assert {row.account_id for row in reminders} == {known.secretary.account.id}
    assert {chat["kind"]: chat["last_post"]["state"] for chat in secretary.get(GROUPS).data} == {
        "wechat": "to_forward",
        "customer": "to_forward",
    }
    kit = secretary.get(f"/forwards/{waiting[0]['id']}").data
    assert kit["code_image"].startswith("data:image/png;base64,")
    done = secretary.post(f"/forwards/{waiting[0]['id']}/done")
    assert done.data["done_at"] is not None
    assert [one["group"] for one in secretary.get("/me/forwards").data["items"]] == ["customer 群"]
    states = {
        chat["kind"]: (chat["last_post"]["state"], chat["last_post"]["at"]) for chat in secretary.get(GROUPS).data
    }
    assert states["wechat"] == ("sent", done.data["done_at"])
    assert states["customer"][0] == "to_forward"
