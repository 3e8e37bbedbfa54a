"""Role × action, enumerated: who takes a step, who may not (403), and for whom there is no order (404)."""

import pytest

from backend.people.models import Membership, MembershipKind, OrganizationPost
from backend.service.orders.actions import STEPS
from backend.service.orders.workflow import Action
from tests.cast import SINCE
from tests.service.bodies import body_of
from tests.service.conftest import Desk

EVERYBODY = {
    "resident",
    "neighbour",
    "stranger",
    "volunteer",
    "member",
    "second_member",
    "secretary",
    "host_secretary",
    "county_officer",
}
# action → (state it is taken from, who may, who sees the order and may not); others get 404
WATCHING = {"resident", "secretary", "county_officer"}
TABLE: dict[Action, tuple[str, set[str], set[str]]] = {
    Action.ASK_INFO: ("submitted", {"secretary"}, {"resident", "county_officer"}),
    Action.SUPPLY: ("needs_info", {"resident"}, {"secretary", "county_officer"}),
    Action.ACCEPT: ("submitted", {"secretary"}, {"resident", "county_officer"}),
    Action.REFUSE: ("submitted", {"secretary"}, {"resident", "county_officer"}),
    Action.ROUTE: ("submitted", {"secretary"}, {"resident", "county_officer"}),
    Action.WRITE_DOWN: ("in_progress", {"secretary", "volunteer"}, {"resident", "county_officer"}),
    Action.CALL_BACK: ("in_progress", {"secretary", "volunteer"}, {"resident", "county_officer"}),
    Action.DISPATCH: ("accepted", {"secretary"}, {"resident", "county_officer"}),
    Action.CLAIM: ("dispatched", {"volunteer"}, WATCHING),
    Action.DECLINE: ("dispatched", {"volunteer"}, WATCHING),
    Action.FIRST_CONTACT: ("claimed", {"volunteer"}, WATCHING),
    Action.PROGRESS: ("in_progress", {"volunteer"}, WATCHING),
    Action.TRANSFER: ("in_progress", {"secretary"}, {"resident", "volunteer", "county_officer"}),
    Action.COMPLETE: ("in_progress", {"volunteer"}, WATCHING),
    Action.REWORK: ("completed", {"secretary"}, {"resident", "volunteer", "county_officer"}),
    Action.CONFIRM: ("completed", {"resident"}, {"secretary", "volunteer", "county_officer"}),
    Action.MERGE: ("submitted", {"secretary"}, {"resident", "county_officer"}),
    Action.ADD_COHANDLER: ("in_progress", {"secretary"}, {"resident", "volunteer", "county_officer"}),
    Action.HOLD: ("in_progress", {"volunteer"}, WATCHING),
    Action.RESUME: ("on_hold", {"volunteer", "secretary"}, {"resident", "county_officer"}),
    Action.EXTEND: ("in_progress", {"volunteer"}, WATCHING),
    Action.RETURN: ("claimed", {"volunteer"}, WATCHING),
    Action.APPROVE: ("claimed", {"secretary"}, {"resident", "volunteer", "county_officer"}),
    Action.DENY: ("claimed", {"secretary"}, {"resident", "volunteer", "county_officer"}),
    Action.RULE: ("accepted", {"secretary", "county_officer"}, {"resident"}),
    Action.REFER: ("in_progress", {"secretary"}, {"resident", "volunteer", "county_officer"}),
    Action.CLOSE_REFERRED: ("referred", {"secretary"}, {"resident", "county_officer"}),
    Action.SEND_BACK: ("referred", {"secretary"}, {"resident", "county_officer"}),
    Action.URGE: ("in_progress", {"resident", "secretary"}, {"volunteer", "county_officer"}),
    Action.SUPERVISE: ("in_progress", {"secretary", "county_officer"}, {"resident", "volunteer"}),
    Action.REPLY: ("in_progress", {"volunteer", "secretary"}, {"resident", "county_officer"}),
    Action.FOLLOW_UP: ("completed", {"secretary"}, {"resident", "volunteer", "county_officer"}),
    Action.REOPEN: ("closed", {"resident", "county_officer"}, {"secretary", "volunteer"}),
    Action.APPEAL: ("not_accepted", {"resident"}, {"secretary", "county_officer"}),
    Action.CANCEL: ("in_progress", {"resident"}, {"secretary", "volunteer", "county_officer"}),
}


def test_the_table_names_every_action() -> None:
    assert set(TABLE) == set(STEPS)


@pytest.mark.parametrize("action", sorted(TABLE))
def test_only_who_may_takes_the_step(action: Action, desk: Desk) -> None:
    state, may, see = TABLE[action]
    number = getattr(desk, state)()
    body = body_of(desk.world, action)
    desk.prepare(number, action, body)

    for part in sorted(EVERYBODY - may):
        answer = desk.act(getattr(desk.world, part), number, action, **body)
        assert answer.status == (403 if part in see else 404), (part, answer.body)
        offered = desk.api(getattr(desk.world, part)).get(f"/orders/{number}")
        assert offered.status == (200 if part in see else 404)
        if part in see:
            assert action not in {one["name"] for one in offered.data["actions"]}

    for part in sorted(may):
        shown = desk.api(getattr(desk.world, part)).get(f"/orders/{number}").data
        assert action in {one["name"] for one in shown["actions"]}
    assert desk.act(getattr(desk.world, max(may)), number, action, **body).status == 200


def test_the_pool_is_open_to_every_member_and_volunteer_of_the_branch_and_to_nobody_else(desk: Desk) -> None:
    number = desk.pooled()
    statuses = {part: desk.api(getattr(desk.world, part)).get(f"/orders/{number}").status for part in EVERYBODY}
    outside = {"neighbour", "stranger", "host_secretary"}
    assert {part for part, status in statuses.items() if status == 404} == outside


def test_a_member_who_lives_in_the_community_takes_orders_there_too(desk: Desk) -> None:
    number = desk.pooled()
    guest = desk.world.host_secretary
    Membership.create(
        member=guest.member,
        organization=desk.world.branch,
        kind=MembershipKind.RESIDENTIAL,
        since_on=SINCE,
    )
    assert desk.must(guest, number, "claim")["handler"]["name"] == guest.name


def test_a_handler_whose_membership_ended_is_told_so_and_the_order_goes_back_to_the_branch(desk: Desk) -> None:
    number = desk.in_progress()
    volunteer = desk.world.volunteer
    OrganizationPost.update(ends_on=SINCE).where(OrganizationPost.account == volunteer.account).execute()
    Membership.update(until_on=SINCE).where(Membership.member == volunteer.member).execute()
    volunteer.member.organization = desk.world.host_branch
    volunteer.member.save()

    for answer in (
        desk.api(volunteer).get(f"/orders/{number}"),
        desk.act(volunteer, number, "progress", note="在路上"),
    ):
        assert (answer.status, answer.code) == (403, "post_ended")
        assert "任职或党员身份已经结束" in answer.message
    returned = desk.api(desk.world.secretary).get("/orders", box="returned").data["items"]
    assert [one["number"] for one in returned] == [number]
    assert desk.must(desk.world.secretary, number, "dispatch", target={"kind": "pool"})
    assert desk.must(desk.world.member, number, "claim")["state"] == "claimed"
    assert desk.act(volunteer, number, "progress", note="在路上").status == 404  # it is no business of his now


@pytest.mark.parametrize("box", ["to-accept", "to-dispatch", "all"])
def test_a_dispatcher_whose_term_is_over_is_told_so(desk: Desk, box: str) -> None:
    person = desk.world.stranger
    post = OrganizationPost.create(
        organization=desk.world.branch, account=person.account, role="dispatcher", starts_on=SINCE
    )
    assert desk.api(person).get("/orders", box=box).status == 200
    OrganizationPost.update(ends_on=SINCE).where(OrganizationPost.id == post.id).execute()
    for answer in (desk.api(person).get("/orders", box=box), desk.api(person).get("/moderation")):
        assert (answer.status, answer.code) == (403, "no_post")
        assert "任期已满" in answer.message


def test_without_a_token_nothing_is_told(desk: Desk) -> None:
    number = desk.submitted()
    assert desk.api(None).get(f"/orders/{number}").status == 401
    assert desk.act(None, number, "accept").status == 401  # type: ignore[arg-type]
