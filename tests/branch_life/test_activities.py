"""Planning, finding and cancelling activities."""

import json
from datetime import timedelta
from typing import Any

import pytest

from backend.branch_life.activities.models import Activity
from backend.branch_life.kinds import KIND_LABELS, ActivityKind
from backend.messaging.models import OutboxEvent
from tests.branch_life.makers import END, START, Calls, host, plan, planned, scan
from tests.cast import World

NOTHING_YET = {"check_in": None, "leave": None, "sign_up": None}


def test_a_planned_activity_is_shown_and_its_members_are_told(api: Calls, world: World) -> None:
    place = {"text": "社区党群服务中心二楼", "lat": 30.66, "lng": 104.06, "datum": "gcj02", "radius_m": 200}
    answer = api(world.secretary).post("/activities", plan(place=place))
    assert answer.status == 201
    shown = answer.data
    assert shown["organization"] == {"code": "DH-01-01", "name": "大河社区第一党支部"}
    assert (shown["kind"], shown["kind_label"]) == ("party_day", "主题党日")
    assert (shown["state"], shown["state_label"]) == ("open", "签到中")
    assert shown["place"] == {**place, "centre": None}
    assert shown["hours"] == 1.5
    assert shown["own"] == {"invited": True, "awaited": True, **NOTHING_YET, "keeps_roll": True}
    event = OutboxEvent.get(OutboxEvent.topic == "activity.planned")
    assert event.facts == {
        "activity": shown["id"],
        "kind": "主题党日",
        "title": "重走小平求学路",
        "organization": "大河社区第一党支部",
        "starts_at": START.isoformat(),
        "ends_at": END.isoformat(),
        "place": "社区党群服务中心二楼",
        "reason": None,
        "by_name": False,
    }
    told = (world.volunteer, world.member, world.second_member, world.secretary)
    assert set(event.people["invited"]) == {person.account.id for person in told}


def test_every_kind_has_its_chinese_name() -> None:
    assert set(KIND_LABELS) == set(ActivityKind)


@pytest.mark.parametrize(
    ("kind", "minutes", "hours"),
    [
        ("party_day", 20, 0.5),
        ("party_day", 45, 1.0),
        ("party_day", 100, 1.5),
        ("party_day", 179, 3.0),
        ("intensive_training", 180, 4.0),
        ("intensive_training", 359, 4.0),
        ("intensive_training", 360, 8.0),
        ("volunteer_work", 180, 0.0),
        ("committee_meeting", 60, 0.0),
    ],
)
def test_hours_follow_the_rule(api: Calls, world: World, kind: str, minutes: int, hours: float) -> None:
    ends_at = (START + timedelta(minutes=minutes)).isoformat()
    answer = api(world.secretary).post("/activities", plan(kind=kind, ends_at=ends_at))
    assert answer.data["hours"] == hours


@pytest.mark.parametrize(
    ("changed", "field", "code"),
    [
        ({"ends_at": START.isoformat()}, "ends_at", "not_after_start"),
        ({"ends_at": (START + timedelta(days=8)).isoformat()}, "ends_at", "too_long"),
        (
            {"starts_at": "2026-11-23T07:00:00+08:00", "ends_at": "2026-11-23T08:00:00+08:00"},
            "ends_at",
            "in_the_past",
        ),
        (
            {"starts_at": "2036-11-23T07:00:00+08:00", "ends_at": "2036-11-23T08:00:00+08:00"},
            "starts_at",
            "too_far_ahead",
        ),
        ({"invited": {"members": ["a" * 16]}}, "invited.members", "unknown_member"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(
    api: Calls, world: World, changed: dict[str, Any], field: str, code: str
) -> None:
    answer = api(world.secretary).post("/activities", plan(**changed))
    assert (answer.status, answer.code) == (422, "invalid")
    assert [(error["field"], error["code"]) for error in answer.body["errors"]] == [(field, code)]


@pytest.mark.parametrize(
    "changed",
    [
        {"title": ""},
        {"title": "好" * 61},
        {"title": "一\x01二"},
        {"kind": "party"},
        {"starts_at": "2026-11-23T09:30:00"},
        {"place": {"text": "楼", "lat": 30.66}},
        {"place": {"text": "楼", "lat": 130.66, "lng": 104.0, "datum": "gcj02"}},
        {"invited": {"members": []}},
        {"check_in": {"methods": []}},
        {"check_in": {"methods": ["telepathy"]}},
        {"secret": True},
    ],
)
def test_a_plan_that_does_not_validate_is_refused(api: Calls, world: World, changed: dict[str, Any]) -> None:
    assert api(world.secretary).post("/activities", plan(**changed)).status == 422


# who may do what with an activity of the first branch: plan, read, show its code, keep the roll, cancel
ROLES = [
    ("secretary", 201, 200, 200, 200),
    ("member", 403, 200, 403, 403),
    ("volunteer", 403, 200, 403, 403),
    ("host_secretary", 404, 404, 404, 404),
    ("county_officer", 403, 200, 403, 403),
    ("resident", 404, 404, 404, 404),
    ("stranger", 404, 404, 404, 404),
]


@pytest.mark.parametrize(("part", "plans", "reads", "shows", "cancels"), ROLES)
def test_each_role_does_what_it_may(
    api: Calls, world: World, part: str, plans: int, reads: int, shows: int, cancels: int
) -> None:
    activity, person = planned(api, world), getattr(world, part)
    assert api(person).post("/activities", plan()).status == plans
    assert api(person).get(f"/activities/{activity}").status == reads
    assert api(person).get(f"/activities/{activity}/roll").status == reads
    assert api(person).get(f"/activities/{activity}/code").status == shows
    assert api(person).post(f"/activities/{activity}/cancel", {"reason": "改期"}).status == cancels


def test_an_unknown_organization_is_not_found(api: Calls, world: World) -> None:
    assert api(world.secretary).post("/activities", plan(organization="XX")).status == 404


def test_the_list_holds_what_one_belongs_to_or_may_see(api: Calls, world: World) -> None:
    here = planned(api, world)
    there = api(world.host_secretary).post("/activities", plan(organization="NS-01")).data["id"]

    def listed(person: Any) -> list[str]:
        return [item["id"] for item in api(person).get("/activities").data["items"]]

    assert listed(world.member) == [here]
    assert listed(world.host_secretary) == [there]
    assert listed(world.county_officer) == [there, here]
    assert listed(world.resident) == []
    host(world.member, world.host_branch)
    assert listed(world.member) == [there, here]


def test_the_list_goes_page_by_page_in_either_direction(api: Calls, world: World, statements: Any) -> None:
    starts = [START + timedelta(days=day) for day in (0, 1, 1, 2)]
    made = [
        planned(api, world, starts_at=at.isoformat(), ends_at=(at + timedelta(hours=1)).isoformat()) for at in starts
    ]

    def pages(**query: Any) -> list[str]:
        found, cursor = [], None
        while True:
            more = {"cursor": cursor} if cursor else {}
            page = api(world.member).get("/activities", limit=1, **query, **more).data
            found += [item["id"] for item in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                return found

    assert pages() == made[::-1]
    assert pages(when="coming") == made
    assert pages(when="past") == []
    assert pages(organization="NS-01") == []
    with statements() as few:
        api(world.member).get("/activities", limit=1)
    with statements() as many:
        api(world.member).get("/activities", limit=4)
    assert len(few) == len(many)


@pytest.mark.parametrize("cursor", ["x", "eHx5", "MjAyNi0xMS0yM3zCsg", "MjAyNi0xMS0yM3w5OTk5OTk5OTk5OTk5OTk5OTk5"])
def test_a_cursor_that_is_not_ours_is_refused(api: Calls, world: World, cursor: str) -> None:
    assert api(world.member).get("/activities", cursor=cursor).status == 422


def test_one_s_own_part_is_shown(api: Calls, world: World, clock: Any) -> None:
    activity = planned(api, world, invited={"members": [world.member.member.public_id]})
    other = api(world.second_member).get(f"/activities/{activity}").data["own"]
    assert other == {"invited": False, "awaited": False, **NOTHING_YET, "keeps_roll": False}
    clock.set(START)
    scan(api, world.member, activity, START)
    own = api(world.member).get("/activities").data["items"][0]["own"]
    assert own == {"invited": True, "awaited": True, **NOTHING_YET, "check_in": "present", "keeps_roll": False}


@pytest.mark.parametrize(
    ("at", "state"),
    [
        (START - timedelta(minutes=31), "planned"),
        (START - timedelta(minutes=30), "open"),
        (END + timedelta(minutes=30), "open"),
        (END + timedelta(minutes=31), "over"),
    ],
)
def test_its_state_is_a_question_of_the_time(api: Calls, world: World, clock: Any, at: Any, state: str) -> None:
    activity = planned(api, world)
    clock.set(at)
    assert api(world.member).get(f"/activities/{activity}").data["state"] == state


class TestCancelling:
    """An activity is called off."""

    def test_the_invited_are_told_why(self, api: Calls, world: World) -> None:
        activity = planned(api, world)
        answer = api(world.secretary).post(f"/activities/{activity}/cancel", {"reason": "台风，改期"})
        assert (answer.data["state"], answer.data["cancel_reason"]) == ("cancelled", "台风，改期")
        event = OutboxEvent.get(OutboxEvent.topic == "activity.cancelled")
        assert event.facts["reason"] == "台风，改期"
        assert len(event.people["invited"]) == 4

    def test_it_happens_once(self, api: Calls, world: World) -> None:
        activity = planned(api, world)
        api(world.secretary).post(f"/activities/{activity}/cancel", {"reason": "台风"})
        answer = api(world.secretary).post(f"/activities/{activity}/cancel", {"reason": "台风"})
        assert (answer.status, answer.code) == (409, "already_cancelled")
        assert OutboxEvent.select().where(OutboxEvent.topic == "activity.cancelled").count() == 1

    def test_not_when_it_is_over(self, api: Calls, world: World, clock: Any) -> None:
        activity = planned(api, world)
        clock.set(END)
        answer = api(world.secretary).post(f"/activities/{activity}/cancel", {"reason": "台风"})
        assert (answer.status, answer.code) == (409, "activity_over")

    def test_not_when_somebody_has_come(self, api: Calls, world: World, clock: Any) -> None:
        activity = planned(api, world)
        clock.set(START)
        scan(api, world.member, activity, START)
        answer = api(world.secretary).post(f"/activities/{activity}/cancel", {"reason": "台风"})
        assert (answer.status, answer.code) == (409, "has_check_ins")
        assert Activity.get().cancelled_at is None

    def test_its_code_is_shown_no_more(self, api: Calls, world: World) -> None:
        activity = planned(api, world)
        api(world.secretary).post(f"/activities/{activity}/cancel", {"reason": "台风"})
        assert api(world.secretary).get(f"/activities/{activity}/code").code == "cancelled"


def test_the_screen_shows_only_what_is_offered(api: Calls, world: World) -> None:
    by_scan = planned(api, world, check_in={"methods": ["code"]})
    assert api(world.secretary).get(f"/activities/{by_scan}/code").data["typed_code"] is None
    by_voice = planned(api, world, check_in={"methods": ["roll_call"]})
    assert api(world.secretary).get(f"/activities/{by_voice}/code").code == "no_code"


def test_facts_hold_no_names(api: Calls, world: World) -> None:
    planned(api, world)
    facts = json.dumps(OutboxEvent.get().facts, ensure_ascii=False)
    assert not any(person.name in facts for person in world.people.values())
