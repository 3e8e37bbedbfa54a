"""Drafts, opening and closing: who may, what is refused, and that questions stay as people answered them."""

from datetime import timedelta
from typing import Any

import pytest

from backend.core.audit import AuditEntry
from backend.learning.surveys.models import Survey, SurveyCount
from backend.messaging.models import OutboxEvent
from tests.cast import World
from tests.conftest import MONDAY_MORNING
from tests.learning.surveys.makers import CLOSES, QUESTIONS, body, drafted, opened
from tests.messaging.makers import readers, spread_all


@pytest.mark.parametrize(
    ("part", "code", "status"),
    [
        ("county_officer", "DH", 201),
        ("county_officer", "DH-01-01", 201),
        ("secretary", "DH-01-01", 201),
        ("secretary", "DH", 404),
        ("host_secretary", "DH-01-01", 404),
        ("member", "DH-01-01", 403),
        ("resident", "DH-01-01", 404),
        ("stranger", "DH", 404),
        ("county_officer", "NOWHERE", 404),
    ],
)
def test_who_may_draft_for_which_organization(api: Any, world: World, part: str, code: str, status: int) -> None:
    assert api(world.people[part]).post("/surveys", body(organization=code)).status == status


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"closes_at": MONDAY_MORNING.isoformat()}, ""),
        ({"closes_at": (MONDAY_MORNING - timedelta(days=1)).isoformat()}, ""),
        ({"closes_at": "2026-12-01T08:00:00"}, "closes_at"),
        ({"quota_percent": 0}, "quota_percent"),
        ({"quota_percent": 101}, "quota_percent"),
        ({"title": ""}, "title"),
        ({"title": "长" * 61}, "title"),
        ({"purpose": ""}, "purpose"),
        ({"questions": []}, "questions"),
        ({"questions": QUESTIONS * 6}, "questions"),
        ({"questions": [{"kind": "single", "text": "选哪个？", "options": ["只有一个"]}]}, "questions.0"),
        ({"questions": [{"kind": "single", "text": "选哪个？", "options": ["同", "同"]}]}, "questions.0"),
        ({"questions": [{"kind": "single", "text": "选哪个？", "options": ["一", "二"], "most": 2}]}, "questions.0"),
        ({"questions": [{"kind": "multiple", "text": "选哪个？", "options": ["一", "二"], "most": 3}]}, "questions.0"),
        ({"questions": [{"kind": "scale", "text": "几分？", "options": ["一", "二"]}]}, "questions.0"),
        ({"questions": [{"kind": "text", "text": "说说", "longest": 501}]}, "questions.0.longest"),
        ({"questions": [{"kind": "essay", "text": "说说"}]}, "questions.0.kind"),
        ({"questions": [{"kind": "text", "text": "两\n行"}]}, "questions.0.text"),
    ],
)
def test_a_survey_that_does_not_hold_together_is_refused(
    api: Any, world: World, changed: dict[str, Any], field: str
) -> None:
    refused = api(world.county_officer).post("/surveys", body(**changed))
    assert refused.status == 422
    assert refused.body["errors"][0]["field"] == field
    assert Survey.select().count() == 0


def test_the_quota_is_twenty_percent_unless_said_otherwise(api: Any, world: World) -> None:
    survey = drafted(api, world)
    assert api(world.county_officer).get(f"/surveys/{survey}").data["quota_percent"] == 20


def test_the_yearly_template_is_a_survey_that_can_be_sent_as_it_is(api: Any, world: World) -> None:
    (yearly,) = api(world.county_officer).get("/survey-templates").data
    survey = drafted(api, world, **{name: yearly[name] for name in ("title", "purpose", "questions")})
    shown = api(world.county_officer).get(f"/surveys/{survey}").data
    assert shown["questions"] == yearly["questions"]
    assert {one["kind"] for one in shown["questions"]} == {"single", "multiple", "scale", "text"}


def test_a_draft_is_seen_by_those_who_write_there_and_by_nobody_else(api: Any, world: World) -> None:
    survey = drafted(api, world)
    for part, status in (("county_officer", 200), ("secretary", 404), ("member", 404), ("stranger", 404)):
        assert api(world.people[part]).get(f"/surveys/{survey}").status == status, part
    assert api(world.secretary).get("/surveys").data["items"] == []
    assert [one["id"] for one in api(world.county_officer).get("/surveys").data["items"]] == [survey]


def test_a_draft_is_revised_and_discarded_an_open_one_is_frozen(api: Any, world: World) -> None:
    officer, survey = api(world.county_officer), drafted(api, world)
    changed = {name: value for name, value in body(title="改过的").items() if name != "organization"}
    assert officer.post(f"/surveys/{survey}/revise", changed).data["title"] == "改过的"
    assert officer.get(f"/surveys/{survey}").data["actions"] == ["revise", "open", "discard"]
    assert officer.post(f"/surveys/{survey}/open").data["actions"] == ["postpone", "close"]
    for action, sent in (("revise", changed), ("discard", {}), ("open", {})):
        refused = officer.post(f"/surveys/{survey}/{action}", sent)
        assert (refused.status, refused.code) == (409, "already_opened"), action
    assert officer.get(f"/surveys/{survey}").data["questions"][0]["options"] == ["理论", "政策", "技能"]
    gone = drafted(api, world)
    assert officer.post(f"/surveys/{gone}/discard").status == 200
    assert officer.get(f"/surveys/{gone}").status == 404


@pytest.mark.parametrize("action", ["revise", "discard", "open", "postpone", "close"])
def test_who_does_not_publish_there_takes_no_step(api: Any, world: World, action: str) -> None:
    survey = drafted(api, world, organization="DH-01-01") if action != "close" else opened(api, world)
    sent = {
        "revise": {name: value for name, value in body().items() if name != "organization"},
        "postpone": {"closes_at": CLOSES.isoformat()},
    }.get(action, {})
    for part in ("member", "host_secretary", "resident", "stranger"):
        assert api(world.people[part]).post(f"/surveys/{survey}/{action}", sent).status in {403, 404}, part


def test_opening_tells_all_members_below_once_and_is_on_record(api: Any, world: World, clock: Any) -> None:
    opened(api, world)
    (event,) = OutboxEvent.select().where(OutboxEvent.topic == "survey.opened")
    assert (event.facts["questions"], event.facts["anonymous"], event.facts["opens_at"]) == (4, False, None)
    spread_all(clock())
    assert readers() == ["冯磊", "吴远", "周敏", "孙立新", "赵志强", "钱晓梅"]
    assert [row.action for row in AuditEntry.select()] == ["survey.opened"]
    assert {row.amount for row in SurveyCount.select()} == {0}


def test_one_whose_end_is_over_is_not_opened(api: Any, world: World, clock: Any) -> None:
    survey = drafted(api, world)
    clock.set(CLOSES)
    refused = api(world.county_officer).post(f"/surveys/{survey}/open")
    assert (refused.status, refused.body["errors"][0]["code"]) == (422, "already_over")


def test_the_end_is_moved_while_it_is_open_and_not_into_the_past(api: Any, world: World, clock: Any) -> None:
    officer, survey = api(world.county_officer), opened(api, world)
    later = CLOSES + timedelta(days=5)
    assert officer.post(f"/surveys/{survey}/postpone", {"closes_at": later.isoformat()}).status == 200
    for wrong in (MONDAY_MORNING, MONDAY_MORNING - timedelta(days=3)):
        assert officer.post(f"/surveys/{survey}/postpone", {"closes_at": wrong.isoformat()}).status == 422
    clock.set(CLOSES + timedelta(days=1))
    assert officer.get(f"/surveys/{survey}").data["standing"] == "open"
    clock.set(later)
    assert officer.get(f"/surveys/{survey}").data["standing"] == "closed"
    assert officer.post(f"/surveys/{survey}/postpone", {"closes_at": "2027-03-01T08:00:00+08:00"}).status == 409
    assert officer.post(f"/surveys/{survey}/close").status == 409


def test_lists_show_what_concerns_one_and_what_waits_for_ones_answers(api: Any, world: World) -> None:
    county, branch = opened(api, world), opened(api, world, organization="DH-01-01")
    waiting = opened(api, world, opens_at=(MONDAY_MORNING + timedelta(days=1)).isoformat())
    seen = {
        "member": [waiting, branch, county],
        "host_secretary": [waiting, county],
        "county_officer": [waiting, branch, county],
        "stranger": [],
        "resident": [],
    }
    for part, expected in seen.items():
        assert [one["id"] for one in api(world.people[part]).get("/surveys").data["items"]] == expected, part
    to_answer = api(world.member).get("/surveys", to_answer=True).data["items"]
    assert [one["id"] for one in to_answer] == [branch, county]
    (here,) = api(world.county_officer).get("/surveys", organization="DH-01-01").data["items"]
    assert (here["id"], here["standing"]) == (branch, "open")
    first = api(world.member).get("/surveys", limit=1).data
    rest = api(world.member).get("/surveys", limit=5, cursor=first["next_cursor"]).data
    assert [one["id"] for one in [*first["items"], *rest["items"]]] == [waiting, branch, county]
