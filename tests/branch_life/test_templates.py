"""The library of model activities."""

from typing import Any

import pytest

from backend.branch_life.activities.models import Activity
from backend.branch_life.templates.models import ActivityTemplate
from backend.people.models import OrganizationPost, Role
from tests.branch_life.makers import Calls, plan
from tests.cast import SINCE, World

MODEL = {
    "organization": "DH",
    "kind": "party_day",
    "form": "field_study",
    "title": "车轮向前党旗红",
    "agenda": "一、集合出发\n二、现场教学\n三、交流心得",
    "minutes": 120,
}


@pytest.fixture
def author(world: World) -> Any:
    """Somebody who plans for the whole county."""
    OrganizationPost.create(
        organization=world.county, account=world.county_officer.account, role=Role.SECRETARY, starts_on=SINCE
    )
    return world.county_officer


def offered(api: Calls, person: Any, **query: Any) -> list[str]:
    return [item["title"] for item in api(person).get("/activity-templates", **query).data["items"]]


def test_a_model_is_offered_to_all_below(api: Calls, world: World, author: Any) -> None:
    answer = api(author).post("/activity-templates", MODEL)
    assert answer.status == 201
    assert (answer.data["kind_label"], answer.data["form_label"]) == ("主题党日", "实地研学")
    for person in (world.secretary, world.member, world.host_secretary):
        assert offered(api, person) == ["车轮向前党旗红"]
    assert offered(api, world.member, kind="party_lecture") == []
    assert offered(api, world.resident) == []


def test_a_branch_s_own_model_stays_in_the_branch(api: Calls, world: World) -> None:
    api(world.secretary).post("/activity-templates", {**MODEL, "organization": "DH-01-01"})
    assert offered(api, world.member) == ["车轮向前党旗红"]
    assert offered(api, world.host_secretary) == offered(api, world.county_officer) == []


@pytest.mark.parametrize(("part", "status"), [("member", 403), ("host_secretary", 404), ("stranger", 404)])
def test_only_who_plans_may_write_one(api: Calls, world: World, part: str, status: int) -> None:
    body = {**MODEL, "organization": "DH-01-01"}
    assert api(getattr(world, part)).post("/activity-templates", body).status == status


def test_a_copy_remembers_its_model(api: Calls, world: World, author: Any) -> None:
    model = api(author).post("/activity-templates", MODEL).data
    body = plan(title=model["title"], agenda=model["agenda"], template=model["id"])
    answer = api(world.secretary).post("/activities", body)
    assert (answer.status, answer.data["agenda"]) == (201, model["agenda"])
    assert Activity.get().template == ActivityTemplate.get()


def test_what_is_withdrawn_is_offered_and_copied_no_more(api: Calls, world: World, author: Any) -> None:
    model = api(author).post("/activity-templates", MODEL).data["id"]
    assert api(world.secretary).post(f"/activity-templates/{model}/withdraw").status == 403
    assert api(world.stranger).post(f"/activity-templates/{model}/withdraw").status == 404
    assert api(author).post(f"/activity-templates/{model}/withdraw").data["withdrawn"] is True
    assert api(author).post(f"/activity-templates/{model}/withdraw").code == "template_withdrawn"
    assert offered(api, world.secretary) == []
    answer = api(world.secretary).post("/activities", plan(template=model))
    assert (answer.status, answer.body["errors"][0]["code"]) == (422, "unknown_template")
    assert Activity.select().count() == 0


def test_another_branch_s_model_cannot_be_copied(api: Calls, world: World) -> None:
    model = api(world.secretary).post("/activity-templates", {**MODEL, "organization": "DH-01-01"}).data["id"]
    answer = api(world.host_secretary).post("/activities", plan(organization="NS-01", template=model))
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, "template")


def test_the_list_goes_page_by_page(api: Calls, world: World, author: Any) -> None:
    for number in range(3):
        api(author).post("/activity-templates", {**MODEL, "title": f"样板 {number}"})
    first = api(world.member).get("/activity-templates", limit=2).data
    rest = api(world.member).get("/activity-templates", limit=2, cursor=first["next_cursor"]).data
    titles = [item["title"] for item in first["items"] + rest["items"]]
    assert (titles, rest["next_cursor"]) == (["样板 2", "样板 1", "样板 0"], None)
