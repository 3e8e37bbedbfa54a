"""Joint events: asked, agreed to or not, told, seen, and written on the cards of both branches' members."""

from typing import Any

import pytest

from backend.messaging.models import InboxMessage
from backend.people.models import Account, Membership
from tests.branch_life.makers import START, Calls, planned, scan
from tests.cast import SINCE, World
from tests.conftest import FakeClock
from tests.messaging.makers import spread_all


@pytest.fixture
def joint(api: Calls, world: World) -> str:
    """A joint event to which the first branch has invited the second."""
    activity = planned(api, world, kind="joint_event", title="两地同上一堂课")
    answer = api(world.secretary).post(f"/activities/{activity}/partners", {"organization": "NS-01"})
    assert answer.status == 201, answer.body
    assert [(one["organization"]["code"], one["state_label"]) for one in answer.data] == [("NS-01", "待答复")]
    return activity


def told(clock: FakeClock, title: str) -> list[str]:
    """Who has a message of this title."""
    spread_all(clock())
    rows = InboxMessage.select(Account.display_name).join(Account).where(InboxMessage.title == title)
    return sorted(name for (name,) in rows.tuples())


def answer(api: Calls, person: Any, activity: str, step: str) -> Any:
    return api(person).post(f"/activities/{activity}/partners/NS-01/{step}")


def test_a_partner_agrees_and_its_members_come(api: Calls, world: World, clock: FakeClock, joint: str) -> None:
    _member_of_the_host(world)
    assert told(clock, "邀请联合开展活动") == ["周敏"]
    assert api(world.neighbour_member).get(f"/activities/{joint}").status == 404
    assert answer(api, world.host_secretary, joint, "accept").data[0]["state"] == "approved"
    assert told(clock, "联合活动有了答复") == ["孙立新"]
    assert told(clock, "联合活动通知") == ["冯磊", "周敏", "外地党员", "孙立新", "赵志强", "钱晓梅"]
    assert api(world.neighbour_member).get(f"/activities/{joint}").data["own"]["invited"] is False
    listed = api(world.neighbour_member).get("/activities", when="coming").data["items"]
    assert [one["id"] for one in listed] == [joint]
    assert [one["id"] for one in api(world.neighbour_member).get("/me/openings").data["items"]] == [joint]
    clock.set(START)
    for person in (world.member, world.neighbour_member):
        assert scan(api, person, joint, START).status == 201
    roll = api(world.secretary).get(f"/activities/{joint}/roll").data
    assert [one["name"] for one in roll["present"]["people"]] == ["钱晓梅"]
    assert [(one["name"], one["branch"]) for one in roll["visitors"]["people"]] == [
        ("外地党员", world.host_branch.name)
    ]
    (record,) = api(world.neighbour_member).get("/me/card").data["records"]
    assert (record["content"], record["confirmed_by"]["code"]) == ("两地同上一堂课", "DH-01-01")
    # the partner's secretary may read who came from where only as anybody of the branch: figures
    assert api(world.host_secretary).get(f"/activities/{joint}/roll").data["present"]["people"] is None
    assert api(world.host_secretary).post(f"/activities/{joint}/cancel", {"reason": "x"}).status == 403


def test_a_member_of_a_partner_asks_leave_once_his_branch_has_agreed(
    api: Calls, world: World, clock: FakeClock, joint: str
) -> None:
    _member_of_the_host(world)
    far, reason = api(world.neighbour_member), {"reason": "要上夜班"}
    assert far.post(f"/activities/{joint}/leaves", reason).status == 404
    answer(api, world.host_secretary, joint, "accept")
    assert far.get(f"/activities/{joint}").data["own"]["awaited"] is True
    leave = far.post(f"/activities/{joint}/leaves", reason)
    assert leave.status == 201, leave.body
    decided = api(world.secretary).post(f"/activities/{joint}/leaves/{leave.data['id']}/approve", {})
    assert decided.data["state"] == "approved"
    assert far.get(f"/activities/{joint}").data["own"]["leave"] == "approved"
    assert api(world.secretary).get(f"/activities/{joint}/roll").data["missing"]["count"] == 4


def test_who_left_the_partner_is_awaited_no_longer(api: Calls, world: World, joint: str) -> None:
    _member_of_the_host(world)
    answer(api, world.host_secretary, joint, "accept")
    Membership.update(until_on=SINCE).where(Membership.member == world.neighbour_member.member).execute()
    refused = api(world.neighbour_member).post(f"/activities/{joint}/leaves", {"reason": "要上夜班"})
    assert (refused.status, refused.code) == (403, "not_invited")


def test_a_partner_that_declines_is_left_in_peace(api: Calls, world: World, clock: FakeClock, joint: str) -> None:
    assert api(world.host_secretary).get(f"/activities/{joint}").status == 200
    assert answer(api, world.host_secretary, joint, "decline").data[0]["state"] == "denied"
    assert told(clock, "联合活动有了答复") == ["孙立新"]
    assert "周敏" not in told(clock, "联合活动通知")
    assert answer(api, world.host_secretary, joint, "accept").code == "already_answered"
    clock.set(START)
    assert scan(api, world.host_secretary, joint, START).code == "not_invited"


def test_cancelled_it_is_told_to_both(api: Calls, world: World, clock: FakeClock, joint: str) -> None:
    answer(api, world.host_secretary, joint, "accept")
    assert api(world.secretary).post(f"/activities/{joint}/cancel", {"reason": "大雨"}).status == 200
    assert told(clock, "活动取消") == ["冯磊", "周敏", "孙立新", "赵志强", "钱晓梅"]


def test_who_may_ask_and_answer(api: Calls, world: World, clock: FakeClock, joint: str) -> None:
    path = f"/activities/{joint}/partners"
    assert api(world.member).post(path, {"organization": "DH"}).status == 403
    assert api(world.host_secretary).post(path, {"organization": "DH"}).status == 403
    assert answer(api, world.secretary, joint, "accept").status == 404
    assert answer(api, world.member, joint, "accept").status == 404
    assert answer(api, world.stranger, joint, "accept").status == 404
    assert api(world.secretary).post(f"{path}/DH/accept").status == 404
    assert api(world.secretary).post(path, {"organization": "NS-01"}).code == "already_asked"
    for wrong in ("DH-01-01", "none"):
        assert api(world.secretary).post(path, {"organization": wrong}).status in {404, 422}
    assert len(api(world.member).get(path).data) == 1
    clock.set(START)
    assert answer(api, world.host_secretary, joint, "accept").code == "already_started"
    assert api(world.secretary).post(path, {"organization": "DH"}).code == "already_started"


def test_nothing_is_asked_about_what_was_called_off(api: Calls, world: World, joint: str) -> None:
    api(world.secretary).post(f"/activities/{joint}/cancel", {"reason": "大雨"})
    assert answer(api, world.host_secretary, joint, "accept").code == "cancelled"


def _member_of_the_host(world: World) -> None:
    from tests.cast import _enter

    _enter(world, "neighbour_member", "外地党员", member_of="host_branch")
