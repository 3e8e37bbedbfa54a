"""Kinds as rows of configuration: questions, who may take them, safeguarding, the board of wishes, suggestions."""

from typing import Any

import pytest

from backend.core.database import in_unit_of_work
from backend.core.reference import ask
from backend.messaging.models import OutboxEvent
from backend.people.models import OrganizationPost, Role
from backend.service.catalogue.first_types import FIRST_TYPES, seed_service_types
from backend.service.models import ServiceType, Stage
from backend.service.timers.rules import Claimant, rules_on
from tests.cast import SINCE
from tests.service.conftest import HAND_IN, LAMP, RATING, Desk

TUTORING: dict[str, Any] = {"service_type": "tutoring", "answers": {"grade": "三年级", "guardian": True}}
LECTURE: dict[str, Any] = {"service_type": "lecture", "answers": {"topic": "二十届四中全会精神", "listeners": 30}}


def test_seeding_again_writes_nothing_and_mends_what_an_older_installation_lacks(desk: Desk) -> None:
    assert in_unit_of_work(seed_service_types) == 0
    ServiceType.update(questions=None, takers="helpers", skills=None).where(ServiceType.code == "dispute").execute()
    ServiceType.update(questions=[], takers="helpers").where(ServiceType.code == "suggestion").execute()
    assert in_unit_of_work(seed_service_types) == 0
    assert ServiceType.get(ServiceType.code == "dispute").takers == "members"
    assert ServiceType.get(ServiceType.code == "suggestion").takers == "helpers"  # the county has changed it


def test_the_catalogue_says_what_each_kind_asks_and_who_takes_it(desk: Desk) -> None:
    listed = {one["code"]: one for one in desk.api(desk.world.resident).get("/service-types").data}
    assert set(listed) == {first.code for first in FIRST_TYPES}
    assert [one["code"] for one in listed["lecture"]["questions"]] == ["topic", "listeners", "on"]
    assert listed["lecture"]["takers_label"] == "党课讲师"
    assert [code for code, one in listed.items() if one["on_board"]] == ["micro_wish"]
    assert listed["errand"]["questions"][0]["choices"][0] == {"value": "medicine", "label": "取药"}


def test_answers_are_kept_in_the_order_of_the_questions_and_checked_with_the_text(desk: Desk) -> None:
    answers = {"on": "2026-12-01", "listeners": 30, "topic": "党史"}
    number = desk.submitted(service_type="lecture", answers=answers)
    shown = desk.api(desk.world.secretary).get(f"/orders/{number}").data["answers"]
    assert [(one["label"], one["text"]) for one in shown] == [
        ("想听什么", "党史"),
        ("大约多少人听", "30"),
        ("希望哪一天", "2026-12-01"),
    ]
    check = OutboxEvent.get(OutboxEvent.topic == "content.check")
    assert check.facts["text"].endswith("党史\n30\n2026-12-01")
    assert desk.api(desk.world.county_officer).get(f"/orders/{number}").data["answers"] == []


@pytest.mark.parametrize(
    ("kind", "answers", "faults"),
    [
        ("lecture", {"topic": "党史"}, [("answers.listeners", "missing")]),
        (
            "lecture",
            {"topic": "", "listeners": -1},
            [("answers.topic", "bad_text"), ("answers.listeners", "bad_number")],
        ),
        ("lecture", {"topic": "党史", "listeners": True}, [("answers.listeners", "bad_number")]),
        ("lecture", {"topic": "党史", "listeners": 1, "on": "明天"}, [("answers.on", "bad_date")]),
        ("errand", {"what": "drugs"}, [("answers.what", "bad_choice")]),
        ("repair", {"danger": "是"}, [("answers.danger", "bad_flag")]),
        ("repair", {"colour": "红"}, [("answers.colour", "unknown_question")]),
        ("tutoring", {}, [("answers.grade", "missing"), ("answers.guardian", "missing")]),
    ],
)
def test_faulty_answers_are_all_named(
    desk: Desk, kind: str, answers: dict[str, Any], faults: list[tuple[str, str]]
) -> None:
    refused = desk.api(desk.world.resident).post("/orders", LAMP | {"service_type": kind, "answers": answers})
    assert refused.status == 422
    assert [(one["field"], one["code"]) for one in refused.body["errors"]] == faults


def dispatched(desk: Desk, target: dict[str, Any], **changed: Any) -> Any:
    """The answer to the dispatch of a new order of a kind."""
    number = desk.submitted(**changed)
    desk.must(desk.world.secretary, number, "accept")
    return number, desk.act(desk.world.secretary, number, "dispatch", target=target)


def test_what_concerns_minors_is_taken_by_whoever_has_read_the_note(desk: Desk) -> None:
    number, _ = dispatched(desk, {"kind": "pool"}, **TUTORING)
    assert "监护人" in desk.api(desk.world.member).get(f"/orders/{number}").data["safeguard"]
    assert desk.api(desk.world.resident).get(f"/orders/{number}").data["safeguard"] is None
    refused = desk.act(desk.world.member, number, "claim")
    assert [(one["field"], one["code"]) for one in refused.body["errors"]] == [("safeguard_read", "safeguard_unread")]
    assert desk.must(desk.world.member, number, "claim", safeguard_read=True)["state"] == "claimed"


def test_a_dispute_is_for_members_only(desk: Desk) -> None:
    OrganizationPost.create(
        organization=desk.world.branch, account=desk.world.stranger.account, role=Role.VOLUNTEER, starts_on=SINCE
    )
    stranger = {"kind": "member", "id": desk.world.stranger.account.public_id}
    number, refused = dispatched(desk, stranger, service_type="dispute")
    assert refused.body["errors"][0]["code"] == "not_a_taker"
    desk.must(desk.world.secretary, number, "dispatch", target={"kind": "pool"})
    assert desk.api(desk.world.stranger).get(f"/orders/{number}").status == 404
    assert desk.api(desk.world.stranger).get("/orders", box="offered").data["items"] == []
    assert [one["number"] for one in desk.api(desk.world.member).get("/orders", box="offered").data["items"]] == [
        number
    ]


def test_a_dispute_is_not_for_teams(desk: Desk) -> None:
    body = {"name": "维修队", "leader": desk.world.volunteer.member.public_id}
    team = desk.api(desk.world.secretary).post("/organizations/DH-01-01/teams", body).data
    _, refused = dispatched(desk, {"kind": "team", "id": team["id"]}, service_type="dispute")
    assert refused.body["errors"][0]["code"] == "not_for_teams"


def test_a_lecture_goes_to_lecturers_from_here_up(desk: Desk) -> None:
    lecturer = desk.world.county_officer
    member = {"kind": "member", "id": desk.world.member.member.public_id}
    number, refused = dispatched(desk, member, **LECTURE)
    assert refused.body["errors"][0]["code"] == "not_a_taker"
    here = OrganizationPost.create(
        organization=desk.world.county, account=lecturer.account, role=Role.LECTURER, starts_on=SINCE
    )
    desk.must(desk.world.secretary, number, "dispatch", target={"kind": "pool"})
    assert desk.api(desk.world.member).get("/orders", box="offered").data["items"] == []
    assert [one["number"] for one in desk.api(lecturer).get("/orders", box="offered").data["items"]] == [number]
    assert desk.act(desk.world.member, number, "claim").status == 404
    assert desk.must(lecturer, number, "claim")["state"] == "claimed"

    second, sent = dispatched(desk, {"kind": "member", "id": lecturer.account.public_id}, **LECTURE)
    assert sent.status == 200
    here.ends_on = SINCE
    here.save()
    assert desk.act(lecturer, second, "claim").status == 403  # he still sees it as the county's officer


def test_a_wish_hangs_on_the_board_until_somebody_takes_it(desk: Desk) -> None:
    number, refused = dispatched(desk, {"kind": "pool"}, service_type="micro_wish", answers={"for": "child"})
    assert refused.body["errors"][0]["code"] == "board_text_required"
    text = "一个七岁女孩想要一套水彩笔"
    desk.must(desk.world.secretary, number, "dispatch", target={"kind": "pool"}, board_text=text)
    (wish,) = desk.api(None).get("/micro-wishes").data["items"]
    assert (wish["number"], wish["text"], wish["organization"]) == (number, text, "DH-01-01")
    assert set(wish) == {"number", "text", "organization", "organization_name", "grid", "since"}
    assert len(desk.api(None).get("/micro-wishes", organization="DH-01-01").data["items"]) == 1
    assert desk.api(None).get("/micro-wishes", organization="NS-01").data["items"] == []

    guest = desk.world.host_secretary
    seen = desk.api(guest).get(f"/orders/{number}").data
    assert (seen["title"], seen["place"], seen["description"]) == (text, None, None)
    assert desk.api(desk.world.neighbour).get(f"/orders/{number}").status == 404
    desk.must(guest, number, "claim")
    assert desk.api(None).get("/micro-wishes").data["items"] == []
    assert desk.api(guest).get(f"/orders/{number}").data["title"] == LAMP["title"]
    desk.must(guest, number, "first-contact", way="phone")
    desk.must(guest, number, "complete", **HAND_IN)
    assert desk.must(desk.world.resident, number, "confirm", **RATING)["resolution"] == "resolved"


def test_a_wish_that_is_sent_to_somebody_does_not_hang_there(desk: Desk) -> None:
    target = {"kind": "member", "id": desk.world.member.member.public_id}
    number, sent = dispatched(desk, target, service_type="micro_wish")
    assert sent.status == 200
    assert desk.api(None).get("/micro-wishes").data["items"] == []
    assert desk.api(desk.world.member).get(f"/orders/{number}").data["title"] == LAMP["title"]


def test_the_board_is_paged_newest_first(desk: Desk) -> None:
    numbers = []
    for count in range(3):
        number = desk.submitted(service_type="micro_wish")
        desk.must(desk.world.secretary, number, "accept")
        desk.must(desk.world.secretary, number, "dispatch", target={"kind": "pool"}, board_text=f"心愿{count}")
        numbers.append(number)
    first = desk.api(None).get("/micro-wishes", limit=2).data
    rest = desk.api(None).get("/micro-wishes", limit=2, cursor=first["next_cursor"]).data
    assert [one["number"] for one in first["items"] + rest["items"]] == numbers[::-1]


@pytest.mark.parametrize(("adopted", "resolution"), [(True, "adopted"), (False, "declined")])
def test_a_suggestion_is_adopted_or_declined_with_a_reply_and_stays_so(
    desk: Desk, adopted: bool, resolution: str
) -> None:
    number, _ = dispatched(desk, {"kind": "pool"}, service_type="suggestion")
    desk.must(desk.world.member, number, "claim")
    desk.must(desk.world.member, number, "first-contact", way="phone")
    missing = desk.act(desk.world.member, number, "complete", **HAND_IN)
    assert [(one["field"], one["code"]) for one in missing.body["errors"]] == [("adopted", "bad_decision")]
    done = desk.must(desk.world.member, number, "complete", **HAND_IN, adopted=adopted)
    assert done["resolution"] == resolution
    assert desk.must(desk.world.resident, number, "confirm", **RATING)["resolution"] == resolution


def test_only_suggestions_are_adopted(desk: Desk) -> None:
    refused = desk.act(desk.world.volunteer, desk.in_progress(), "complete", **HAND_IN, adopted=True)
    assert refused.body["errors"][0]["code"] == "bad_decision"


def test_a_kind_has_timers_of_its_own(desk: Desk) -> None:
    (rules,) = ask(None, rules_on(desk.clock().date()))
    own, usual = (
        rules.allowances([Stage.CLAIM], Claimant(kind, desk.world.branch.path, "III"))[Stage.CLAIM]
        for kind in ("micro_wish", "repair")
    )
    assert own.minutes == 10 * usual.minutes


def test_another_kind_at_the_acceptance_brings_its_rules_along(desk: Desk) -> None:
    number = desk.submitted()
    desk.must(desk.world.secretary, number, "accept", service_type="tutoring")
    desk.must(desk.world.secretary, number, "dispatch", target={"kind": "pool"})
    assert desk.act(desk.world.member, number, "claim").body["errors"][0]["code"] == "safeguard_unread"
