"""Minutes: quorum and votes from the roll, what is missing, and what they do for a duty."""

from datetime import timedelta
from typing import Any

import pytest

from backend.branch_life.activities.models import CheckIn
from backend.branch_life.duties.due import generate_duties, settle_duties
from backend.branch_life.duties.models import Duty
from backend.branch_life.kinds import ActivityKind
from backend.branch_life.minutes.models import Decision, Minutes
from backend.branch_life.minutes.rules import QUORUM, is_passed, may_open
from backend.branch_life.minutes.schemas import MAX_TEXT
from backend.people.models import Member, MemberStatus, OrganizationPost, Role
from tests.branch_life.makers import END, START, Calls, host, planned, scan
from tests.cast import SINCE, World
from tests.conftest import SHANGHAI

TEXT = "一、传达文件。\n二、讨论发展对象。"
AFTER = END + timedelta(minutes=40)


def held(api: Calls, world: World, clock: Any, *people: Any, kind: str = "member_assembly", **changed: Any) -> str:
    """A meeting of the branch that these people came to and that is over."""
    meeting = planned(api, world, kind=kind, **changed)
    clock.set(START)
    for person in people:
        assert scan(api, person, meeting, START, nonce=f"nonce-{person.name.encode().hex()}").status == 201
    clock.set(AFTER)
    return meeting


def write(api: Calls, person: Any, meeting: str, **changed: Any) -> Any:
    return api(person).post(f"/activities/{meeting}/minutes", {"text": TEXT, **changed})


def read(api: Calls, person: Any, meeting: str) -> Any:
    return api(person).get(f"/activities/{meeting}/minutes")


def decision(yes: int, no: int = 0, abstain: int = 0, **changed: Any) -> dict[str, Any]:
    return {"text": "同意", "votes": {"yes": yes, "no": no, "abstain": abstain}, **changed}


def codes_of(answer: Any) -> list[str]:
    return [item["code"] for item in answer.data["missing"]]


@pytest.mark.parametrize("entitled", range(12))
@pytest.mark.parametrize("kind", list(ActivityKind))
def test_half_of_those_who_may_vote_open_a_meeting(kind: ActivityKind, entitled: int) -> None:
    for present in range(entitled + 1):
        missing_half = entitled - present > present
        expected = None if kind not in QUORUM else entitled > 0 and not missing_half
        assert may_open(kind, entitled, present) is expected, present


@pytest.mark.parametrize("entitled", range(1, 12))
@pytest.mark.parametrize("quorate", [True, False, None])
def test_more_than_half_of_those_entitled_pass(entitled: int, quorate: bool | None) -> None:
    for yes in range(entitled + 1):
        expected = quorate is not False and yes > entitled - yes
        assert is_passed(entitled, yes, quorate=quorate) is expected, yes


# the branch has four full members: zhao, qian, feng and the secretary
@pytest.mark.parametrize(
    ("came", "probationary", "entitled", "present", "quorate"),
    [
        ((), (), 4, 0, False),
        (("member",), (), 4, 1, False),
        (("member", "second_member"), (), 4, 2, True),
        (("member", "second_member", "volunteer"), (), 4, 3, True),
        (("member", "second_member"), ("member",), 3, 1, False),
        (("member", "second_member", "volunteer"), ("member",), 3, 2, True),
        (("member",), ("second_member", "volunteer"), 2, 1, True),
        (("member", "host_secretary"), (), 4, 1, False),
        (("member", "secretary", "host_secretary"), (), 4, 2, True),
    ],
)
def test_quorum_is_counted_without_probationary_members_and_guests(
    api: Calls,
    world: World,
    clock: Any,
    came: tuple[str, ...],
    probationary: tuple[str, ...],
    entitled: int,
    present: int,
    quorate: bool,
) -> None:
    host(world.host_secretary, world.branch)
    for part in probationary:
        Member.update(status=MemberStatus.PROBATIONARY).where(Member.id == getattr(world, part).member.id).execute()
    meeting = held(api, world, clock, *(getattr(world, part) for part in came))
    answer = write(api, world.secretary, meeting)
    assert answer.status == 201, answer.body
    for voting in (answer.data["voting"], answer.data["minutes"]["voting"]):
        assert (voting["entitled"], voting["present"], voting["quorate"]) == (entitled, present, quorate)
        assert f"应到会有表决权的党员 {entitled} 名，实到 {present} 名" in voting["statement"]
    assert ("quorum" in codes_of(answer)) is not quorate


def test_a_visitor_of_another_branch_does_not_vote(api: Calls, world: World, clock: Any) -> None:
    meeting = held(api, world, clock, world.host_secretary, world.member, invited={"visitors": True})
    assert write(api, world.secretary, meeting).data["voting"]["present"] == 1


def test_whose_presence_is_to_be_confirmed_or_was_voided_is_not_there(api: Calls, world: World, clock: Any) -> None:
    meeting = held(api, world, clock, world.member, world.second_member)
    CheckIn.update(status="to_confirm").where(CheckIn.member == world.member.member).execute()
    answer = read(api, world.secretary, meeting)
    assert answer.data["voting"]["present"] == 1
    assert "to_confirm" in codes_of(answer)
    CheckIn.update(in_force=None).execute()
    assert read(api, world.secretary, meeting).data["voting"]["present"] == 0


def test_a_committee_meeting_is_voted_by_its_posts(api: Calls, world: World, clock: Any) -> None:
    for person, role in ((world.volunteer, Role.ORGANIZATION_MEMBER), (world.member, Role.PUBLICITY_MEMBER)):
        OrganizationPost.create(organization=world.branch, account=person.account, role=role, starts_on=SINCE)
    OrganizationPost.create(
        organization=world.branch, account=world.secretary.account, role=Role.DEPUTY_SECRETARY, starts_on=SINCE
    )
    OrganizationPost.create(
        organization=world.branch,
        account=world.second_member.account,
        role=Role.DEPUTY_SECRETARY,
        starts_on=SINCE,
        ends_on=SINCE + timedelta(days=1),
    )
    meeting = held(api, world, clock, world.secretary, world.second_member, kind="committee_meeting")
    voting = write(api, world.secretary, meeting).data["voting"]
    assert (voting["entitled"], voting["present"], voting["quorate"]) == (3, 1, False)
    assert "应到会委员 3 名" in voting["statement"]
    assert (read(api, world.second_member, meeting).status, read(api, world.member, meeting).status) == (403, 200)


@pytest.mark.parametrize(
    ("votes", "passed", "words"),
    [
        ((3, 0, 0), True, "赞成超过应到会 4 人的半数，通过"),
        ((2, 1, 0), False, "赞成未超过应到会 4 人的半数，未通过"),
        ((2, 0, 0), False, "未通过"),
        ((0, 0, 0), False, "未通过"),
    ],
)
def test_votes_are_weighed_against_those_entitled(
    api: Calls, world: World, clock: Any, votes: tuple[int, int, int], passed: bool, words: str
) -> None:
    meeting = held(api, world, clock, world.member, world.second_member, world.secretary)
    answer = write(api, world.secretary, meeting, decisions=[decision(*votes)])
    (made,) = answer.data["minutes"]["decisions"]
    assert made["passed"] is passed
    assert words in made["outcome"]


def test_a_vote_without_a_quorum_is_void(api: Calls, world: World, clock: Any) -> None:
    meeting = held(api, world, clock, world.member)
    (made,) = write(api, world.secretary, meeting, decisions=[decision(1)]).data["minutes"]["decisions"]
    assert (made["passed"], "表决无效" in made["outcome"]) == (False, True)


def test_more_votes_than_voters_are_refused(api: Calls, world: World, clock: Any) -> None:
    meeting = held(api, world, clock, world.member, world.second_member)
    answer = write(api, world.secretary, meeting, decisions=[decision(1), decision(2, 0, 1)])
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, "decisions.1.votes")
    assert Minutes.select().count() == 0


def test_decisions_carry_tasks(api: Calls, world: World, clock: Any) -> None:
    meeting = held(api, world, clock, world.member, world.second_member)
    task = {"text": "整理材料", "member": world.member.member.public_id, "due_on": "2026-12-01"}
    write(api, world.secretary, meeting, decisions=[decision(2, tasks=[task]), {"text": "学习文件"}])
    first, second = read(api, world.member, meeting).data["minutes"]["decisions"]
    shown = first["tasks"][0]
    assert shown == {**task, "id": shown["id"], "member_name": "钱晓梅", "done_at": None, "done_note": None}
    assert (second["number"], second["votes"], second["passed"], second["tasks"]) == (2, None, None, [])


@pytest.mark.parametrize(
    ("changed", "code"),
    [({"member": "a" * 16}, "unknown_member"), ({"due_on": "2026-11-22"}, "before_meeting")],
)
def test_tasks_that_nobody_can_do_are_refused(
    api: Calls, world: World, clock: Any, changed: dict[str, str], code: str
) -> None:
    meeting = held(api, world, clock, world.member)
    task = {"text": "整理材料", "member": world.member.member.public_id, "due_on": "2026-12-01", **changed}
    answer = write(api, world.secretary, meeting, decisions=[{"text": "同意", "tasks": [task]}])
    assert (answer.status, answer.body["errors"][0]["code"]) == (422, code)


@pytest.mark.parametrize("length", [MAX_TEXT, MAX_TEXT + 1, 50_000])
def test_long_minutes_are_refused_in_chinese(api: Calls, world: World, clock: Any, length: int) -> None:
    meeting = held(api, world, clock, world.member)
    answer = write(api, world.secretary, meeting, text="会" * length)
    if length <= MAX_TEXT:
        assert answer.status == 201
        assert len(read(api, world.secretary, meeting).data["minutes"]["text"]) == length
    else:
        assert (answer.status, answer.body["errors"][0]["message"]) == (422, f"最多 {MAX_TEXT} 个字")


def test_minutes_are_rewritten_and_the_version_before_is_kept(api: Calls, world: World, clock: Any) -> None:
    meeting = held(api, world, clock, world.member, world.second_member)
    write(api, world.secretary, meeting, decisions=[decision(2)])
    assert scan(api, world.volunteer, meeting, START + timedelta(minutes=5)).status == 201
    assert "roll_changed" in codes_of(read(api, world.secretary, meeting))
    answer = write(api, world.secretary, meeting, text="更正")
    assert (answer.data["minutes"]["version"], answer.data["minutes"]["text"]) == (2, "更正")
    assert answer.data["minutes"]["decisions"] == []
    assert "roll_changed" not in codes_of(answer)
    assert [row.in_force for row in Minutes.select().order_by(Minutes.id)] == [None, 1]
    assert Decision.select().count() == 1


def test_what_is_missing_is_listed(api: Calls, world: World, clock: Any) -> None:
    meeting = planned(api, world, kind="member_assembly")
    assert codes_of(read(api, world.secretary, meeting)) == []
    assert api(world.member).post(f"/activities/{meeting}/leaves", {"reason": "出差"}).status == 201
    clock.set(START)
    assert codes_of(read(api, world.secretary, meeting)) == ["roll", "leaves", "quorum", "minutes"]
    answer = write(api, world.secretary, meeting, decisions=[{"text": "同意"}])
    assert codes_of(answer) == ["roll", "leaves", "quorum", "votes"]


def test_when_and_by_whom_minutes_are_written(api: Calls, world: World, clock: Any) -> None:
    meeting = planned(api, world, kind="member_assembly")
    assert write(api, world.secretary, meeting).code == "not_started"
    clock.set(START)
    for person, status in (("member", 403), ("host_secretary", 404), ("resident", 404), ("county_officer", 403)):
        assert write(api, getattr(world, person), meeting).status == status, person
    for person, status in (("member", 200), ("host_secretary", 404), ("resident", 404), ("county_officer", 200)):
        assert read(api, getattr(world, person), meeting).status == status, person
    assert api(world.secretary).post(f"/activities/{meeting}/cancel", {"reason": "停电"}).status == 200
    assert write(api, world.secretary, meeting).code == "cancelled"


def test_a_meeting_without_minutes_or_quorum_meets_no_duty(api: Calls, world: World, clock: Any) -> None:
    def settled() -> int:
        return settle_duties(timezone=SHANGHAI, now=clock())

    generate_duties(timezone=SHANGHAI, now=clock())
    meeting = held(api, world, clock, world.member)
    assert settled() == 0
    write(api, world.secretary, meeting)
    assert settled() == 0
    assert scan(api, world.second_member, meeting, START + timedelta(minutes=5)).status == 201
    assert settled() == 0
    write(api, world.secretary, meeting)
    assert settled() == 1
    assembly = Duty.get(Duty.organization == world.branch, Duty.kind == "member_assembly")
    assert (assembly.state, assembly.activity.public_id) == ("met", meeting)
