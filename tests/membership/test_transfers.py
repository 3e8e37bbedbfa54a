"""Affiliation handed over: asked, taken, declined, taken back; the sender answers until it is taken."""

from datetime import date
from typing import Any

import pytest

from backend.membership.away.models import MemberFlow
from backend.membership.away.workflow import FlowState, FlowStep
from backend.membership.transfers.models import AffiliationTransfer
from backend.membership.transfers.obstacles import open_transfers
from backend.people.models import Account, Member, Membership, MembershipKind, OrganizationPost, Role
from tests.cast import LONG_AGO, SINCE, World
from tests.conftest import FakeClock
from tests.membership.test_away import body_of, planned
from tests.membership.test_away_walk import act, offered, take, told
from tests.messaging.makers import spread_all


def ask(api: Any, world: World, **changed: Any) -> Any:
    body = {"member": world.member.member.public_id, "receiver": "NS-01", "reason": "已在深圳定居", **changed}
    return api(world.secretary).post("/organizations/DH-01-01/transfers", body)


def asked(api: Any, world: World) -> str:
    answer = ask(api, world)
    assert answer.status == 201, answer.body
    return str(answer.data["id"])


def decide(api: Any, person: Any, transfer: str, word: str, body: Any = None) -> Any:
    return api(person).post(f"/transfers/{transfer}/{word}", body)


def homes(world: World) -> list[tuple[str, date, date | None]]:
    rows = Membership.select().where(Membership.member == world.member.member, Membership.kind == MembershipKind.HOME)
    return [(row.organization.code, row.since_on, row.until_on) for row in rows.order_by(Membership.id)]


def test_the_sender_answers_until_the_receiver_has_taken_him(api: Any, world: World, clock: FakeClock) -> None:
    transfer = asked(api, world)
    (waiting,) = api(world.host_secretary).get("/organizations/NS-01/transfers", state="asked").data["items"]
    assert (waiting["id"], waiting["member"]["name"], waiting["actions"]) == (transfer, "钱晓梅", ["accept", "decline"])
    assert waiting["responsible"]["code"] == "DH-01-01"
    assert "第二十五条" in waiting["rule"]
    assert Member.get_by_id(world.member.member.id).organization_id == world.branch.id
    clock.advance(days=2)
    taken = decide(api, world.host_secretary, transfer, "accept")
    assert (taken.status, taken.data["state"], taken.data["responsible"]["code"]) == (200, "accepted", "NS-01")
    assert homes(world) == [("DH-01-01", SINCE, date(2026, 11, 24)), ("NS-01", date(2026, 11, 25), None)]
    assert Account.get_by_id(world.member.account.id).organization_id == world.host_branch.id
    assert api(world.member).get("/me").data["member"]["branch"]["code"] == "NS-01"
    names = [one["name"] for one in api(world.secretary).get("/organizations/DH-01-01/members").data["items"]]
    assert "钱晓梅" not in names
    spread_all(clock())
    assert told("有组织关系待接收") == ["周敏"]
    assert told("组织关系已转接") == ["孙立新", "钱晓梅"]


def test_a_refusal_needs_a_cause_and_those_above_read_it(api: Any, world: World, clock: FakeClock) -> None:
    transfer = asked(api, world)
    for bad in ({}, {"reason": ""}, {"reason": "x" * 201}):
        assert decide(api, world.host_secretary, transfer, "decline", bad).status == 422
    declined = decide(api, world.host_secretary, transfer, "decline", {"reason": "材料不全"})
    assert (declined.data["state"], declined.data["refusal"]) == ("declined", "材料不全")
    assert homes(world) == [("DH-01-01", SINCE, None)]
    spread_all(clock())
    assert told("组织关系未被接收") == ["孙立新"]
    assert told("有组织关系未被接收") == ["吴远"]
    assert asked(api, world) != transfer


def test_taken_back_it_can_be_asked_again(api: Any, world: World) -> None:
    transfer = asked(api, world)
    assert ask(api, world).code == "transfer_under_way"
    assert decide(api, world.host_secretary, transfer, "withdraw").status == 403
    assert decide(api, world.secretary, transfer, "withdraw").data["state"] == "withdrawn"
    for word, person in (("accept", world.host_secretary), ("withdraw", world.secretary)):
        assert decide(api, person, transfer, word).code == "already_decided"
    asked(api, world)


def test_who_may_ask_and_decide(api: Any, world: World) -> None:
    body = {"member": world.member.member.public_id, "receiver": "NS-01", "reason": "定居"}
    for person, status in ((world.member, 403), (world.host_secretary, 404), (world.stranger, 404), (None, 401)):
        assert api(person).post("/organizations/DH-01-01/transfers", body).status == status
        assert api(person).get("/organizations/DH-01-01/transfers").status == status
    transfer = asked(api, world)
    for person, status in (
        (world.secretary, 403),
        (world.member, 404),
        (world.volunteer, 404),
        (world.stranger, 404),
        (None, 401),
    ):
        assert decide(api, person, transfer, "accept").status == status
        assert decide(api, person, transfer, "decline", {"reason": "不"}).status == status
    assert Member.get_by_id(world.member.member.id).organization_id == world.branch.id


def test_nobody_hands_over_to_himself(api: Any, world: World) -> None:
    account = world.secretary.account
    OrganizationPost.create(organization=world.host_branch, account=account, role=Role.SECRETARY, starts_on=SINCE)
    transfer = asked(api, world)
    for word, body in (("accept", None), ("decline", {"reason": "不"})):
        assert decide(api, world.secretary, transfer, word, body).code == "own_request"


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"receiver": "DH-01-01"}, 422),
        ({"receiver": "XX"}, 404),
        ({"member": "a" * 16}, 404),
        ({"member": "?"}, 422),
        ({"reason": ""}, 422),
        ({"more": 1}, 422),
    ],
)
def test_what_cannot_be_asked(api: Any, world: World, changed: dict[str, Any], status: int) -> None:
    assert ask(api, world, **changed).status == status
    assert AffiliationTransfer.select().count() == 0


def test_a_member_of_another_roster_cannot_be_sent(api: Any, world: World) -> None:
    assert ask(api, world, member=world.host_secretary.member.public_id).code == "member_not_found"


def test_what_is_exempt_goes_along(api: Any, world: World) -> None:
    body = {
        "member": world.member.member.public_id,
        "reason": "old",
        "since_on": "2026-11-01",
        "until_on": "2026-12-01",
    }
    api(world.secretary).post("/organizations/DH-01-01/exemptions", body)
    decide(api, world.host_secretary, asked(api, world), "accept")
    assert len(api(world.host_secretary).get("/organizations/NS-01/exemptions").data["items"]) == 1
    assert api(world.secretary).get("/organizations/DH-01-01/exemptions").data["items"] == []


def test_a_closed_branch_takes_nobody_and_an_open_transfer_keeps_it_open(api: Any, world: World) -> None:
    asked(api, world)
    for branch in (world.branch, world.host_branch):
        assert open_transfers(branch.id, now=LONG_AGO) is not None
    assert open_transfers(world.street.id, now=LONG_AGO) is None
    AffiliationTransfer.update(in_force=None).execute()
    world.host_branch.closed_on = date(2026, 11, 1)
    world.host_branch.save()
    assert ask(api, world).code == "organization_closed"


# ---------------------------------------------------------------- from a stay away


def hosted(api: Any, world: World) -> str:
    flow = planned(api, world)
    for person, step in (
        (world.secretary, FlowStep.REGISTER),
        (world.member, FlowStep.REPORT_IN),
        (world.host_secretary, FlowStep.HOST),
    ):
        take(api, person, flow, step, body_of(step, world))
    return flow


def test_a_stay_ends_when_the_host_takes_the_affiliation_over(api: Any, world: World, clock: FakeClock) -> None:
    flow = hosted(api, world)
    clock.advance(days=200)
    assert "transfer" in offered(api(world.secretary).get(f"/floating-records/{flow}").data)
    for person, status in ((world.member, 403), (world.host_secretary, 403), (world.stranger, 404)):
        assert act(api, person, flow, "transfer").status == status
    started = take(api, world.secretary, flow, "transfer", {})
    assert (started["state"], started["log"][-1]["step"]) == ("hosted", "transfer")
    assert act(api, world.secretary, flow, "transfer", {}).code == "transfer_under_way"
    assert len(api(world.secretary).get(f"/floating-records/{flow}").data["log"]) == len(started["log"])
    transfer = AffiliationTransfer.get().public_id
    assert decide(api, world.host_secretary, transfer, "accept").status == 200
    seen = api(world.secretary).get(f"/floating-records/{flow}").data
    assert (seen["state"], seen["actions"], seen["log"][-1]["part"]) == ("transferred", [], "系统")
    kinds = {
        one["name"]: one["kind"] for one in api(world.host_secretary).get("/organizations/NS-01/members").data["items"]
    }
    assert kinds == {"周敏": "home", "钱晓梅": "home"}
    assert MemberFlow.get().in_force is None
    assert (
        api(world.member)
        .post("/floating-records", {"reason": "出差", "destination": "北京", "leaves_on": "2027-07-01"})
        .status
        == 201
    )


@pytest.mark.parametrize("state", [one for one in FlowState if one not in {"ended", "transferred", "withdrawn"}])
def test_an_ordinary_transfer_ends_whatever_stay_is_open(api: Any, world: World, state: FlowState) -> None:
    planned(api, world)
    MemberFlow.update(state=state).execute()
    assert decide(api, world.host_secretary, asked(api, world), "accept").status == 200
    assert (MemberFlow.get().state, MemberFlow.get().in_force) == (FlowState.TRANSFERRED, None)


def test_without_a_host_the_receiver_is_to_be_named(api: Any, world: World) -> None:
    flow = planned(api, world)
    assert act(api, world.secretary, flow, "transfer", {}).code == "illegal_transition"
    take(api, world.secretary, flow, "register", body_of(FlowStep.REGISTER, world))
    assert act(api, world.secretary, flow, "transfer", {}).status == 422
    assert take(api, world.secretary, flow, "transfer", {"organization": "NS-01"})["state"] == "out"
