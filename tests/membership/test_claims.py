"""From a resident to a member: handing in, reading, deciding, and what must not leak."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from backend.core.database import connected
from backend.membership.claims.models import ClaimState, MembershipClaim
from backend.messaging.models import OutboxEvent
from backend.messaging.rules import rules_for
from backend.people.identity import identity_index, phone_index, tail_index
from backend.people.login import bind_phone
from backend.people.models import Account, Member, OrganizationPost, Role
from tests.cast import SINCE, Person, World
from tests.conftest import Answer, Api, FakeClock

Client = Callable[[Person | None], Api]
PHONE = "13800001111"
IDENTITY = "51162219900307123X"
CLAIM = {"name": "罗小川", "branch": "DH-01-01", "id_tail": "123X"}


@pytest.fixture
def rostered(world: World) -> Member:
    """A member of the branch without an account, as an import leaves him."""
    bind_phone(world.resident.account.id, PHONE)
    bind_phone(world.neighbour.account.id, "13900002222")
    return enlist(world, "罗小川", IDENTITY, PHONE)


def enlist(world: World, name: str, identity: str | None, phone: str | None) -> Member:
    """A row of the roster."""
    member: Member = Member.create(
        public_id=f"m{Member.select().count()}",
        name=name,
        status="full",
        organization=world.branch,
        created_at=world.branch.created_at,
        identity=identity,
        identity_index=identity and identity_index(identity),
        identity_tail_index=identity and tail_index(identity),
        phone=phone,
        phone_index=phone and phone_index(phone),
    )
    return member


def submit(api: Client, person: Person, **changed: Any) -> Answer:
    """Hand in a claim over HTTP."""
    return api(person).post("/me/membership-claims", {**CLAIM, **changed})


def decide(api: Client, person: Person, claim: str, word: str, **body: Any) -> Answer:
    """Approve or deny over HTTP."""
    return api(person).post(f"/membership-claims/{claim}/{word}", body)


def test_a_claim_is_approved_and_makes_a_member(api: Client, world: World, rostered: Member) -> None:
    answer = submit(api, world.resident)
    assert (answer.status, answer.data["state_label"]) == (201, "已提交，等待支部核实")
    (read,) = api(world.secretary).get("/organizations/DH-01-01/membership-claims").data["items"]
    assert read["matches"]
    assert read["phone"] == "138****1111"
    assert read["candidates"][0] | {"public_id": ""} == {
        "public_id": "",
        "name": "罗小川",
        "id_tail_matches": True,
        "phone_matches": True,
        "claimed": False,
    }
    assert decide(api, world.secretary, read["id"], "approve").data["state"] == "approved"
    assert api(world.resident).get("/me").data["member"]["public_id"] == rostered.public_id
    assert api(world.resident).get("/me/membership-claims").data["items"][0]["state"] == "approved"
    assert submit(api, world.resident).code == "already_member"


@pytest.mark.parametrize(
    "wrong",
    [{"name": "查无此人"}, {"id_tail": "9999"}, {"branch": "NS-01"}, {"name": "钱晓梅"}],
)
def test_a_wrong_guess_is_answered_like_a_right_one(
    api: Client, world: World, rostered: Member, wrong: dict[str, str], statements: Any
) -> None:
    with statements() as of_right:
        right = submit(api, world.resident)
    MembershipClaim.delete().execute()
    with statements() as of_wrong:
        guess = submit(api, world.resident, **wrong)
    assert (guess.status, guess.data["state"], guess.data["state_label"]) == (
        right.status,
        right.data["state"],
        right.data["state_label"],
    )
    assert set(guess.data) == set(right.data)
    assert of_wrong == of_right
    assert not any("FROM `member`" in sql or 'FROM "member"' in sql for sql in of_wrong)


@pytest.mark.parametrize(("tail", "fits"), [("123X", True), ("123x", True), ("07123X", True), ("17123X", False)])
def test_all_of_a_longer_tail_must_fit(api: Client, world: World, rostered: Member, tail: str, fits: bool) -> None:
    submit(api, world.resident, id_tail=tail)
    (read,) = api(world.secretary).get("/organizations/DH-01-01/membership-claims").data["items"]
    assert read["candidates"][0]["id_tail_matches"] is fits
    assert read["matches"] is fits


def test_another_phone_and_a_roster_without_numbers_are_shown(api: Client, world: World, rostered: Member) -> None:
    enlist(world, "黄大山", None, None)
    submit(api, world.neighbour)
    submit(api, world.resident, name="黄大山")
    unknown, other = api(world.secretary).get("/organizations/DH-01-01/membership-claims").data["items"]
    assert (other["candidates"][0]["phone_matches"], other["matches"]) == (False, False)
    assert (unknown["candidates"][0]["id_tail_matches"], unknown["candidates"][0]["phone_matches"]) == (None, None)


def test_five_a_day_and_a_new_day_in_shanghai(api: Client, world: World, rostered: Member, clock: FakeClock) -> None:
    for tail in range(5):
        assert submit(api, world.resident, id_tail=f"000{tail}").status == 201
    refused = submit(api, world.resident)
    assert (refused.status, refused.code) == (429, "too_many_claims")
    assert refused.headers["Retry-After"]
    assert submit(api, world.neighbour).status == 201
    clock.advance(hours=15)  # midnight in Shanghai
    assert submit(api, world.resident).status == 201
    states = [row["state"] for row in api(world.resident).get("/me/membership-claims").data["items"]]
    assert states == ["submitted", *["superseded"] * 5]


def test_a_claim_needs_a_phone_and_a_branch_that_exists(api: Client, world: World, rostered: Member) -> None:
    assert submit(api, world.stranger).code == "phone_needed"
    assert submit(api, world.resident, branch="XX").status == 404
    for wrong in (
        {"id_tail": "999123x"},
        {"id_tail": "12"},
        {"id_tail": "１２３４"},
        {"name": "x"},
        {"name": "a\nb"},
        {"more": 1},
    ):
        assert submit(api, world.resident, **wrong).status == 422


def test_who_may_read_and_decide(api: Client, world: World, rostered: Member) -> None:
    claim = submit(api, world.resident).data["id"]
    path = "/organizations/DH-01-01/membership-claims"
    for person, status in (
        (world.member, 403),
        (world.county_officer, 403),
        (world.resident, 404),
        (world.host_secretary, 404),
        (world.stranger, 404),
        (None, 401),
    ):
        assert api(person).get(path).status == status
        assert decide(api, person, claim, "approve").status == status
        assert decide(api, person, claim, "deny").status == status
    for role in (Role.DEPUTY_SECRETARY, Role.ORGANIZATION_MEMBER):
        OrganizationPost.update(role=role).where(OrganizationPost.account == world.secretary.account).execute()
        assert api(world.secretary).get(path).status == 200
    assert decide(api, world.secretary, "nothing", "approve").status == 404


def test_nobody_decides_his_own(api: Client, world: World, rostered: Member) -> None:
    OrganizationPost.create(
        organization=world.branch, account=world.resident.account, role=Role.SECRETARY, starts_on=SINCE
    )
    claim = submit(api, world.resident).data["id"]
    for word in ("approve", "deny"):
        assert decide(api, world.resident, claim, word).code == "own_claim"


def test_deny_tells_the_asker_and_nothing_more(api: Client, world: World, rostered: Member) -> None:
    claim = submit(api, world.resident).data["id"]
    assert decide(api, world.secretary, claim, "deny", note="请到支部来一趟").data["state"] == "denied"
    assert api(world.resident).get("/me/membership-claims").data["items"][0]["note"] == "请到支部来一趟"
    assert decide(api, world.secretary, claim, "approve").code == "claim_already_decided"
    assert Member.get_by_id(rostered.id).account_id is None
    assert submit(api, world.resident).status == 201


def test_a_member_is_bound_once(api: Client, world: World, rostered: Member) -> None:
    first, second = (submit(api, person).data["id"] for person in (world.resident, world.neighbour))
    assert decide(api, world.secretary, first, "approve").status == 200
    again = decide(api, world.secretary, second, "approve")
    assert (again.status, again.code) == (409, "member_bound")
    assert MembershipClaim.get(MembershipClaim.public_id == second).state == ClaimState.SUBMITTED
    assert Member.get_by_id(rostered.id).account_id == world.resident.account.id


def test_the_secretary_chooses_among_namesakes(api: Client, world: World, rostered: Member) -> None:
    twin = enlist(world, "罗小川", None, None)
    claim = submit(api, world.resident, id_tail="0000").data["id"]
    assert decide(api, world.secretary, claim, "approve").code == "choose_member"
    elsewhere = world.host_secretary.member.public_id
    assert decide(api, world.secretary, claim, "approve", member=elsewhere).status == 422
    assert decide(api, world.secretary, claim, "approve", member=twin.public_id).status == 200
    assert Member.get_by_id(twin.id).account_id == world.resident.account.id


def test_events_are_masked_and_each_has_a_reader(api: Client, world: World, rostered: Member) -> None:
    first = submit(api, world.resident).data["id"]
    decide(api, world.secretary, first, "deny")
    second = submit(api, world.resident).data["id"]
    decide(api, world.secretary, second, "approve")
    events = list(OutboxEvent.select().order_by(OutboxEvent.id))
    topics = ["claim.submitted", "claim.denied", "claim.submitted", "claim.approved"]
    assert [event.topic for event in events] == topics
    assert [event.people["asker"] for event in events] == [[], [world.resident.account.id]] * 2
    for event in events:
        assert event.facts["name"] == "罗**"
        (rule,) = rules_for(event.topic)
        assert rule.write is not None
        text = rule.write(event.facts)
        assert "小川" not in text.body
        assert text.title


def test_a_new_account_takes_the_name_of_its_member(api: Client, world: World, rostered: Member) -> None:
    Account.update(display_name="微信用户", organization=None).where(Account.id == world.resident.account.id).execute()
    decide(api, world.secretary, submit(api, world.resident).data["id"], "approve")
    me = api(world.resident).get("/me").data
    assert (me["display_name"], me["organization"]["code"]) == ("罗小川", "DH-01-01")


def test_of_two_approvals_at_once_one_wins(app: Flask, api: Client, world: World, rostered: Member) -> None:
    claims = [submit(api, person).data["id"] for person in (world.resident, world.neighbour)]
    start, answers = threading.Barrier(2), []

    def approve(claim: str) -> None:
        with connected():
            start.wait()
            answers.append(decide(api, world.secretary, claim, "approve").status)

    threads = [threading.Thread(target=approve, args=(claim,)) for claim in claims]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 409]
    assert ClaimState.SUBMITTED in [row.state for row in MembershipClaim.select()]
