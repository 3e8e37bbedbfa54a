"""The inbox: what a person can always find."""

from collections.abc import Callable
from typing import Any

from backend.messaging.models import InboxMessage
from tests.cast import World
from tests.conftest import Api, FakeClock
from tests.messaging.makers import happen, spread_all

Calls = Callable[[Any], Api]


def tell(world: World, clock: FakeClock, *numbers: int, part: str = "resident") -> None:
    """Something for the inbox, one a minute."""
    for number in numbers:
        people = {"requester": [world.people[part].account.id]}
        happen("order.accepted", clock(), at=world.branch, people=people, title=f"第 {number} 件")
        spread_all(clock())
        clock.advance(minutes=1)


def titles(answer: Any) -> list[str]:
    """Which ones are listed."""
    assert answer.status == 200, answer.body
    return [item["body"].partition("“")[2].partition("”")[0] for item in answer.data["items"]]


def test_the_inbox_lists_ones_own_newest_first(api: Calls, world: World, clock: FakeClock) -> None:
    tell(world, clock, 1, 2, 3)
    tell(world, clock, 9, part="neighbour")
    answer = api(world.resident).get("/me/inbox")
    assert titles(answer) == ["第 3 件", "第 2 件", "第 1 件"]
    assert answer.data["items"][0] == {
        "id": answer.data["items"][0]["id"],
        "title": "诉求已受理",
        "body": "您反映的“第 3 件”已由大河社区第一党支部受理，正在安排人手。",
        "page": "pages/order/detail?number=261123-483920",
        "created_at": "2026-11-23T09:02:00+08:00",
        "read_at": None,
    }
    assert titles(api(world.stranger).get("/me/inbox")) == []


def test_the_inbox_is_paged_without_gaps_while_new_ones_arrive(api: Calls, world: World, clock: FakeClock) -> None:
    tell(world, clock, 1, 2, 3, 4, 5)
    first = api(world.resident).get("/me/inbox", limit=2)
    tell(world, clock, 6)
    second = api(world.resident).get("/me/inbox", limit=2, cursor=first.data["next_cursor"])
    third = api(world.resident).get("/me/inbox", limit=2, cursor=second.data["next_cursor"])
    assert titles(first) + titles(second) + titles(third) == [f"第 {number} 件" for number in (5, 4, 3, 2, 1)]
    assert third.data["next_cursor"] is None


def test_reading_is_noted_once(api: Calls, world: World, clock: FakeClock) -> None:
    tell(world, clock, 1, 2)
    newest, oldest = api(world.resident).get("/me/inbox").data["items"]
    for _ in range(2):
        assert api(world.resident).post(f"/me/inbox/{newest['id']}/read").status == 200
        clock.advance(hours=1)
    (shown, _) = api(world.resident).get("/me/inbox").data["items"]
    assert shown["read_at"] == "2026-11-23T09:02:00+08:00"
    unread = api(world.resident).get("/me/inbox", unread="true").data["items"]
    assert [one["id"] for one in unread] == [oldest["id"]]


def test_somebody_elses_message_is_not_there(api: Calls, world: World, clock: FakeClock) -> None:
    tell(world, clock, 1)
    (message,) = api(world.resident).get("/me/inbox").data["items"]
    names = (message["id"], "0", "-1", "x", "9" * 40, "１", "1.0", "%20")
    for name in names:
        answer = api(world.neighbour).post(f"/me/inbox/{name}/read")
        assert (answer.status, answer.code) == (404, "message_not_found"), name
    assert InboxMessage.get().read_at is None


def test_the_inbox_needs_a_log_in(api: Calls, world: World) -> None:
    assert api(None).get("/me/inbox").status == 401
    assert api(None).post("/me/inbox/1/read").status == 401
    assert api(None).get("/me/subscriptions").status == 401
    assert api(None).get("/me/forwards").status == 401


def test_a_long_inbox_costs_no_more_statements(
    api: Calls, world: World, clock: FakeClock, statements: Callable[[], Any]
) -> None:
    tell(world, clock, 1)
    with statements() as few:
        api(world.resident).get("/me/inbox", limit=100)
    tell(world, clock, *range(2, 30))
    with statements() as many:
        assert len(titles(api(world.resident).get("/me/inbox", limit=100))) == 29
    assert len(many) == len(few) <= 2


def test_unread_ones_are_counted_and_read_up_to_the_newest_seen(api: Calls, world: World, clock: FakeClock) -> None:
    tell(world, clock, 1, 2, 3)
    tell(world, clock, 9, part="neighbour")
    mine = api(world.resident)
    seen = mine.get("/me/inbox/unread").data
    newest = mine.get("/me/inbox").data["items"][0]["id"]
    assert seen == {"count": 3, "newest": newest}
    mine.post(f"/me/inbox/{newest}/read")
    assert mine.get("/me/inbox/unread").data["count"] == 2
    tell(world, clock, 4)
    answer = mine.post("/me/inbox/read", {"newest": newest})
    assert (answer.status, answer.data["count"]) == (200, 1)
    assert titles(mine.get("/me/inbox", unread=True)) == ["第 4 件"]
    assert api(world.people["neighbour"]).get("/me/inbox/unread").data["count"] == 1
    assert api(world.stranger).get("/me/inbox/unread").data == {"count": 0, "newest": None}


def test_the_count_ends_at_a_hundred(api: Calls, world: World, clock: FakeClock) -> None:
    tell(world, clock, *range(101))
    assert api(world.resident).get("/me/inbox/unread").data["count"] == 100


def test_nonsense_reads_nothing(api: Calls, world: World, clock: FakeClock) -> None:
    tell(world, clock, 1)
    assert api(world.resident).post("/me/inbox/read", {"newest": "all"}).data["count"] == 1
