"""Kinds of service as an organisation keeps them: versions, whose they are, what runs on, who changed what."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from flask import Flask

from backend.core.audit import AuditEntry
from backend.core.database import in_unit_of_work
from backend.people.models import OrganizationKind, OrganizationPost, Role
from backend.people.tree.planting import plant
from backend.service.catalogue.listing import nearest
from backend.service.models import ServiceType
from backend.service.teams.skills import seed_skills
from tests.at_once import at_once
from tests.cast import LONG_AGO, SINCE, Person, World
from tests.conftest import Answer, Api
from tests.service.conftest import HAND_IN, LAMP, Desk

Calls = Callable[[Any], Api]
KINDS = "/organizations/DH/service-types"
HAIR: dict[str, Any] = {
    "name": "上门理发",
    "hint": "给行动不便的老人上门理发",
    "takers": "members",
    "hours": 1.5,
    "safeguard": "两人同行。",
    "skills": ["haircut"],
    "questions": [
        {"label": "能不能坐起来", "type": "flag", "required": True},
        {"label": "哪天方便", "type": "choice", "choices": ["工作日", "周末"]},
    ],
}
pytestmark = pytest.mark.usefixtures("catalogue")


@pytest.fixture(autouse=True)
def skills(world: World) -> None:
    """The table of skills."""
    seed_skills()


def kept(calls: Api, code: str, where: str = KINDS) -> dict[str, Any]:
    """A kind as its keepers see it."""
    found: dict[str, Any] = next(one for one in calls.get(where).data if one["code"] == code)
    return found


def body_of(kind: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """What a form sends that changes nothing else."""
    same = ("name", "hint", "takers", "priority", "needs_evidence", "hours", "safeguard", "on_board", "decides")
    questions = [{**one, "choices": [choice["label"] for choice in one["choices"]]} for one in kind["questions"]]
    asked = [{name: value for name, value in one.items() if name != "code"} for one in questions]
    own = {name: kind[name] for name in (*same, "skills", "fixed")}
    return {**own, "questions": asked, "seen": kind["id"], **changed}


def offered(calls: Api, **query: str) -> list[str]:
    return [one["name"] for one in calls.get("/service-types", **query).data]


def test_a_new_kind_is_offered_here_and_below_and_can_be_ordered(desk: Desk, api: Calls) -> None:
    officer, world = api(desk.world.county_officer), desk.world
    answer = officer.post(KINDS, HAIR)
    assert answer.status == 201, answer.body
    assert (answer.data["version"], answer.data["changed_by"], answer.data["organization"]["code"]) == (1, "吴远", "DH")
    assert offered(api(world.resident))[-2:] == ["上门理发", "其他诉求"]
    asked = answer.data["questions"]
    order = {**LAMP, "service_type": answer.data["code"], "answers": {asked[0]["code"]: True}}
    assert api(world.resident).post("/orders", order).status == 201
    chosen = {asked[0]["code"]: True, asked[1]["code"]: asked[1]["choices"][1]["value"]}
    got = api(world.resident).post("/orders", {**order, "answers": chosen}).data
    assert [one["text"] for one in got["answers"]] == ["是", "周末"]
    entry = AuditEntry.get(AuditEntry.action == "kind.changed")
    assert (entry.subject, entry.purpose) == ("organization:DH", "上门理发：新增")


def test_what_runs_keeps_the_version_that_it_was_asked_under(desk: Desk, api: Calls) -> None:
    officer = api(desk.world.county_officer)
    running = desk.in_progress()
    changed = body_of(kept(officer, "repair"), needs_evidence=True, name="小修小补")
    answer = officer.put(f"{KINDS}/repair", changed)
    assert (answer.status, answer.data["version"], answer.data["name"]) == (200, 1, "小修小补")
    assert api(desk.world.secretary).get(f"/orders/{running}").data["service_type_name"] == "公共设施报修"
    desk.must(desk.world.volunteer, running, "complete", **HAND_IN)
    later = desk.in_progress()
    refused = desk.act(desk.world.volunteer, later, "complete", **HAND_IN)
    assert (refused.status, refused.body["errors"][0]["field"]) == (422, "attachments")
    box = api(desk.world.secretary).get("/orders", box="all", kind="repair").data["items"]
    assert {running, later} <= {one["number"] for one in box}


def test_an_answer_to_an_old_question_is_not_taken_for_a_new_one(desk: Desk, api: Calls) -> None:
    officer = api(desk.world.county_officer)
    kind = officer.post(KINDS, HAIR).data
    first, second = kind["questions"]
    swapped = [{"label": "家里有没有热水", "type": "flag", "required": True}, HAIR["questions"][1]]
    changed = officer.put(f"{KINDS}/{kind['code']}", {**HAIR, "questions": swapped, "seen": kind["id"]}).data
    assert changed["questions"][1]["code"] == second["code"]
    assert changed["questions"][0]["code"] != first["code"]
    order = {**LAMP, "service_type": kind["code"], "answers": {first["code"]: True}}
    refused = api(desk.world.resident).post("/orders", order)
    assert [one["code"] for one in refused.body["errors"]] == ["unknown_question", "missing"]


def test_every_version_says_who_changed_what_and_when(world: World, api: Calls) -> None:
    officer = api(world.county_officer)
    officer.put(f"{KINDS}/errand", body_of(kept(officer, "errand"), hours=2, hint="代取药、代办证"))
    officer.post(f"{KINDS}/errand/close", {"seen": kept(officer, "errand")["id"]})
    newest, edited, installed = api(world.secretary).get("/organizations/DH-01-01/service-types/errand/versions").data
    assert [(one["label"], one["after"]) for one in newest["changes"]] == [("状态", "停办")]
    changes = {(one["label"], one["after"]) for one in edited["changes"]}
    assert changes == {("说明", "代取药、代办证"), ("服务时长", "2 小时")}
    assert (newest["by"], newest["version"], newest["until"], edited["until"] is None) == ("吴远", 2, None, False)
    assert (installed["by"], installed["organization"], installed["changes"][0]["after"]) == (None, None, "代办跑腿")
    purposes = [row.purpose for row in AuditEntry.select().where(AuditEntry.action == "kind.changed")]
    assert purposes == ["代办跑腿：说明、服务时长", "代办跑腿：停办"]


def test_a_closed_kind_is_not_offered_and_comes_back(desk: Desk, api: Calls) -> None:
    officer, resident = api(desk.world.county_officer), api(desk.world.resident)
    running = desk.accepted()
    officer.post(f"{KINDS}/repair/close", {"seen": kept(officer, "repair")["id"]})
    assert "公共设施报修" not in offered(resident)
    assert resident.post("/orders", LAMP).body["errors"][0]["code"] == "closed_service_type"
    desk.must(desk.world.secretary, running, "dispatch", target={"kind": "pool"})
    again = officer.post(f"{KINDS}/repair/close", {"seen": kept(officer, "repair")["id"]})
    assert (again.status, again.body["code"]) == (409, "kind_closed")
    assert officer.post(f"{KINDS}/repair/reopen", {"seen": kept(officer, "repair")["id"]}).status == 200
    assert resident.post("/orders", LAMP).status == 201
    again = officer.post(f"{KINDS}/repair/reopen", {"seen": kept(officer, "repair")["id"]})
    assert (again.status, again.body["code"]) == (409, "kind_open")


def test_the_last_open_kind_stays_open(world: World, api: Calls) -> None:
    ServiceType.update(closed_at=LONG_AGO).where(ServiceType.code != "other").execute()
    officer = api(world.county_officer)
    answer = officer.post(f"{KINDS}/other/close", {"seen": kept(officer, "other")["id"]})
    assert (answer.status, answer.body["code"]) == (409, "last_kind")


@pytest.fixture
def city(world: World) -> Person:
    """An officer of a city beside the county: another tree."""
    place = in_unit_of_work(
        lambda: plant(None, code="XA", name="西安市委", kind=OrganizationKind.COMMITTEE, now=LONG_AGO)
    )
    OrganizationPost.create(organization=place, account=world.stranger.account, role=Role.CITY_OFFICER, starts_on=SINCE)
    stranger: Person = world.stranger
    return stranger


def test_a_kind_holds_in_its_own_tree_only(world: World, api: Calls, city: Person) -> None:
    officer = api(world.county_officer)
    officer.post(KINDS, HAIR)
    officer.put(f"{KINDS}/errand", body_of(kept(officer, "errand"), name="跑腿"))
    mine = offered(api(city), organization="XA")
    assert "上门理发" not in mine
    assert "代办跑腿" in mine
    assert api(city).get(KINDS).status == 404
    assert api(city).post(KINDS, HAIR).status == 404


def test_below_may_have_its_own_unless_above_has_fixed_it(world: World, api: Calls) -> None:
    street = "/organizations/DH-01/service-types"
    OrganizationPost.create(
        organization=world.street, account=world.member.account, role=Role.COUNTY_OFFICER, starts_on=SINCE
    )
    above, below = api(world.county_officer), api(world.member)
    below.put(f"{street}/errand", body_of(kept(below, "errand", street), name="街道跑腿"))
    assert "街道跑腿" in offered(api(world.resident))
    assert "街道跑腿" not in offered(api(world.resident), organization="DH")
    above.put(f"{KINDS}/errand", body_of(kept(above, "errand"), name="县里跑腿", fixed=True))
    assert "县里跑腿" in offered(api(world.resident))
    fixed = kept(below, "errand", street)
    assert fixed["may_change"] is False
    refused = below.put(f"{street}/errand", body_of(fixed, name="再改"))
    assert (refused.status, refused.body["code"]) == (403, "kind_fixed")
    above.put(f"{KINDS}/errand", body_of(kept(above, "errand"), fixed=False))
    own = kept(below, "errand", street)
    assert (own["name"], own["version"]) == ("街道跑腿", 1)
    assert below.post(f"{street}/errand/follow-above", {"seen": own["id"]}).data["name"] == "县里跑腿"
    again = below.post(f"{street}/errand/follow-above", {"seen": kept(below, "errand", street)["id"]})
    assert (again.status, again.body["code"]) == (409, "kind_not_own")
    below.put(f"{street}/errand", body_of(kept(below, "errand", street), name="又有自己的"))
    assert kept(below, "errand", street)["version"] == 2


def test_the_second_of_two_officers_is_told_who_was_first(world: World, api: Calls) -> None:
    officer = api(world.county_officer)
    seen = kept(officer, "errand")
    officer.put(f"{KINDS}/errand", body_of(seen, name="先改的"))
    late = officer.put(f"{KINDS}/errand", body_of(seen, name="后改的"))
    assert (late.status, late.body["code"]) == (409, "kind_changed")
    assert "吴远" in late.body["message"]
    assert kept(officer, "errand")["name"] == "先改的"


def change(code: str, body: dict[str, Any], calls: Api) -> Answer:
    return calls.put(f"{KINDS}/{code}", body)


def test_of_changes_at_the_same_moment_one_is_kept(world: World, api: Calls, app: Flask) -> None:
    officer = api(world.county_officer)
    for code in ("errand", "repair"):  # the first own version, and a later one
        if code == "repair":
            officer.put(f"{KINDS}/{code}", body_of(kept(officer, code), hours=3))
        seen = kept(officer, code)
        names = [f"{code}之{place}" for place in "甲乙丙丁"]
        calls = [(world.county_officer.token, partial(change, code, body_of(seen, name=name))) for name in names]
        assert sorted(one.status for one in at_once(app, calls)) == [200, 409, 409, 409]
        standing = ServiceType.select().where(ServiceType.code == code, ServiceType.organization == world.county)
        assert standing.where(ServiceType.superseded_at.is_null()).count() == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": "理"}, "name"),
        ({"name": "公共设施报修"}, "name"),
        ({"hint": ""}, "hint"),
        ({"takers": "everybody"}, "takers"),
        ({"priority": "V"}, "priority"),
        ({"hours": -1}, "hours"),
        ({"hours": 9}, "hours"),
        ({"hours": "很久"}, "hours"),
        ({"safeguard": "长" * 301}, "safeguard"),
        ({"skills": ["flying"]}, "skills"),
        ({"skills": ["law"] * 6}, "skills"),
        ({"questions": [{"label": f"第 {place} 问"} for place in range(4)]}, "questions"),
        ({"questions": [{"label": "问"}]}, "questions.0.label"),
        ({"questions": [{"label": "哪天", "type": "choice", "choices": ["周末"]}]}, "questions.0"),
        ({"questions": [{"label": "哪天", "type": "choice", "choices": ["周末", "周末"]}]}, "questions.0"),
        ({"questions": [{"label": "哪天", "type": "date", "choices": ["周末", "周一"]}]}, "questions.0"),
        ({"questions": [{"label": "哪天", "type": "picture"}]}, "questions.0.type"),
        ({"name": "理\t发"}, "name"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_none_is_refused_and_nothing_is_kept(
    world: World, api: Calls, changed: dict[str, Any], field: str
) -> None:
    before = ServiceType.select().count()
    answer = api(world.county_officer).post(KINDS, {**HAIR, **changed})
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, field)
    assert ServiceType.select().count() == before


def test_the_same_question_twice_and_nothing_changed_are_refused(world: World, api: Calls) -> None:
    officer = api(world.county_officer)
    twice = officer.post(KINDS, {**HAIR, "questions": [{"label": "哪天"}, {"label": "哪天", "type": "date"}]})
    assert (twice.status, twice.body["errors"][0]["message"][-12:]) == (422, "同一个问题不要问两遍"[-12:])
    same = officer.put(f"{KINDS}/errand", body_of(kept(officer, "errand")))
    assert (same.status, same.body["errors"][0]["code"]) == (422, "nothing_changed")
    strange = (
        officer.put(f"{KINDS}/nothing", body_of(kept(officer, "errand"))),
        officer.post(f"{KINDS}/nothing/close", {"seen": "1"}),
        officer.get(f"{KINDS}/nothing/versions"),
    )
    assert [(one.status, one.body["code"]) for one in strange] == [(404, "kind_not_found")] * 3


def test_a_branch_reads_and_does_not_change(world: World, api: Calls) -> None:
    sun = api(world.secretary)
    here = "/organizations/DH-01-01/service-types"
    assert {one["may_change"] for one in sun.get(here).data} == {False}
    assert sun.post(here, HAIR).status == 403
    assert sun.put(f"{here}/errand", body_of(kept(sun, "errand", here))).status == 403
    assert sun.post(f"{here}/errand/close", {"seen": "1"}).status == 403
    assert api(world.resident).get(here).status == 404


def test_the_nearest_version_holds_unless_one_above_is_fixed() -> None:
    rows = [(None, False, "all"), (4, False, "branch"), (1, False, "county"), (9, False, "elsewhere")]
    assert nearest(rows, "1.2.4.") == "branch"
    assert nearest(rows, "1.2.") == "county"
    assert nearest(rows, "7.") == "all"
    assert nearest([*rows[:2], (1, True, "county")], "1.2.4.") == "county"
    assert nearest([(9, False, "elsewhere")], "1.") is None
