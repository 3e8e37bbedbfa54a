"""A line of the list of needs becomes an order for a lecture: by one tap, once."""

from typing import Any

import pytest

from backend.service.models import ServiceOrder
from tests.cast import World
from tests.desk.conftest import sit as sit
from tests.desk.conftest import text_of
from tests.learning.surveys.makers import crowd, opened, set_sectors
from tests.learning.surveys.test_fill import fill_in
from tests.service.conftest import CATALOGUE

BODY = {"number": 1, "need": "理论", "organization": "DH-01-01", "consent": True}


@pytest.fixture
def survey(api: Any, world: World) -> str:
    """Six members want theory and skills."""
    set_sectors(world)
    CATALOGUE.lay_down()
    found = opened(api, world)
    fill_in(found, crowd(world.branch, 6))
    return found


def test_a_need_is_ordered_as_a_lecture_with_what_the_survey_knows(api: Any, world: World, survey: str) -> None:
    made = api(world.county_officer).post(f"/surveys/{survey}/lectures", BODY)
    assert made.status == 201, made.body
    order = ServiceOrder.get(ServiceOrder.number == made.data["number"])
    assert (order.service_type.code, order.organization_id) == ("lecture", world.branch.id)
    assert order.title == "党课点单：理论"
    assert {one["code"]: one["text"] for one in order.answers} == {"topic": "理论", "listeners": "6"}
    assert order.description == "来自《需求调研》第 1 题“想学哪些内容？”：6 人作答，6 人选了这一项。"


def test_it_is_ordered_once_for_each_need_and_branch(api: Any, world: World, survey: str) -> None:
    officer, path = api(world.county_officer), f"/surveys/{survey}/lectures"
    first = officer.post(path, BODY)
    again = officer.post(path, BODY)
    assert (again.status, again.code, again.body["number"]) == (409, "lecture_ordered", first.data["number"])
    assert officer.post(path, {**BODY, "need": "技能"}).status == 201
    assert officer.post(path, {**BODY, "organization": "NS-01"}).status == 201
    officer.post(f"/orders/{first.data['number']}/cancel", {"note": "另有安排"})
    assert officer.post(path, BODY).status == 201


@pytest.mark.parametrize("changed", [{"need": "政策"}, {"need": "烹饪"}, {"number": 3}, {"number": 9}])
def test_only_what_somebody_chose_is_ordered(api: Any, world: World, survey: str, changed: dict[str, Any]) -> None:
    refused = api(world.county_officer).post(f"/surveys/{survey}/lectures", {**BODY, **changed})
    assert (refused.status, refused.code) == (422, "invalid")
    assert ServiceOrder.select().count() == 0


def test_who_may_not_see_the_results_orders_nothing(api: Any, world: World, survey: str) -> None:
    for person in (world.member, world.secretary, world.resident):
        assert api(person).post(f"/surveys/{survey}/lectures", BODY).status in {403, 404}
    hidden = opened(api, world, anonymous=True)
    refused = api(world.county_officer).post(f"/surveys/{hidden}/lectures", BODY)
    assert (refused.status, refused.code) == (409, "results_withheld")


def test_the_desk_has_a_button_beside_each_need_of_a_branch(sit: Any, world: World, survey: str) -> None:
    officer = sit(world.county_officer)
    assert "点一堂课" not in text_of(officer.get(f"/surveys/{survey}?organization=DH"))
    assert "点一堂课" in text_of(officer.get(f"/surveys/{survey}?organization=DH-01-01"))
    done = officer.post(f"/surveys/{survey}/lectures", BODY)
    assert done.status_code == 204, done.get_json()
    assert ServiceOrder.get().number in done.headers["HX-Redirect"]
