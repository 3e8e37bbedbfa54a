"""Live fill by sector: denominators of the roster, the exempt left out, and no share of nothing."""

from datetime import date
from typing import Any

import pytest

from backend.core.database import in_unit_of_work
from backend.learning.lessons.service import Actor
from backend.learning.surveys.answering import answer_survey
from backend.learning.surveys.schemas import AnswerSurvey
from backend.people.access import caller_of
from backend.people.exemptions.models import ExemptionState, MemberExemption
from backend.people.models import Membership, MembershipKind, Organization, OrganizationKind
from backend.people.tree.planting import plant
from tests.cast import SINCE, Person, World
from tests.conftest import MONDAY_MORNING, SHANGHAI
from tests.learning.surveys.makers import CLOSES, SHEET, answer, crowd, drafted, opened, set_sectors


def fill(api: Any, person: Person, survey: str, code: str = "DH") -> Any:
    """GET the fill of a part."""
    read = api(person).get(f"/surveys/{survey}/fill", organization=code)
    assert read.status == 200, read.body
    return read.data


def rows(data: Any) -> dict[str, tuple[int, int, int, bool | None]]:
    return {one["sector"]: (one["denominator"], one["answered"], one["needed"], one["met"]) for one in data["sectors"]}


def exempted(person: Person, until: date = date(2026, 12, 31)) -> None:
    assert person.member
    MemberExemption.create(
        public_id="exempt",
        member=person.member,
        organization=person.member.organization,
        reason="ill",
        state=ExemptionState.APPROVED,
        in_force=1,
        since_on=SINCE,
        until_on=until,
        asked_by=person.account,
        asked_at=MONDAY_MORNING,
    )


def fill_in(survey: str, people: list[Person], sheet: Any = SHEET) -> None:
    """Answers of people who have no log-in here."""
    for number, person in enumerate(people):
        caller = caller_of(person.account.id, timezone=SHANGHAI, now=MONDAY_MORNING)
        body = AnswerSurvey(nonce=f"nonce-of-{person.account.id}-{number}", answers=sheet)
        answer_survey(survey, body, Actor(caller, SHANGHAI, MONDAY_MORNING))


@pytest.mark.parametrize("anonymous", [True, False])
def test_each_sector_has_its_denominator_and_one_without_members_no_share(
    api: Any, world: World, anonymous: bool
) -> None:
    set_sectors(world)
    in_unit_of_work(
        lambda: plant(
            world.county, code="DH-02", name="空村", kind=OrganizationKind.BRANCH, sector="village", now=MONDAY_MORNING
        )
    )
    crowd(world.branch, 6)
    survey = opened(api, world, anonymous=anonymous)
    answer(api, world.member, survey)
    answer(api, world.host_secretary, survey)
    data = fill(api, world.county_officer, survey)
    assert rows(data) == {
        "community": (10, 1, 2, False),
        "new_employment": (1, 1, 1, True),
        "organ": (1, 0, 1, False),
        "village": (0, 0, 0, None),
    }
    village = next(one for one in data["sectors"] if one["sector"] == "village")
    assert (village["share"], village["refused"]) == (None, "没有应填的党员，不计算比例")
    assert "20%" in data["source"]
    assert "分母" in data["rule"]
    assert data["as_of"].startswith("2026-11-23T09:00")


def test_the_exempt_are_neither_above_nor_below_the_line(api: Any, world: World) -> None:
    set_sectors(world)
    survey = opened(api, world)
    exempted(world.member)
    answer(api, world.member, survey)
    answer(api, world.secretary, survey)
    data = fill(api, world.county_officer, survey)
    assert rows(data)["community"] == (3, 1, 1, True)
    (excluded,) = data["exclusions"]
    assert excluded["count"] == 1
    assert "第二十三条" in excluded["reason"]


def test_guests_answer_and_move_no_share(api: Any, world: World) -> None:
    set_sectors(world)
    survey = opened(api, world, organization="NS-01")
    Membership.create(
        member=world.member.member, organization=world.host_branch, kind=MembershipKind.HOST, since_on=SINCE
    )
    answer(api, world.member, survey)
    data = fill(api, world.host_secretary, survey, "NS-01")
    assert rows(data) == {"new_employment": (1, 0, 1, False)}
    assert [one["count"] for one in data["exclusions"]] == [1]


def test_an_organization_without_a_sector_is_of_that_above_it(api: Any, world: World) -> None:
    survey = opened(api, world)
    assert list(rows(fill(api, world.county_officer, survey))) == ["none"]
    Organization.update(sector="street").where(Organization.id == world.street.id).execute()
    assert rows(fill(api, world.county_officer, survey))["street"] == (4, 0, 1, False)


def test_members_who_left_no_longer_count_and_the_last_day_stays(api: Any, world: World, clock: Any) -> None:
    set_sectors(world)
    survey = opened(api, world)
    answer(api, world.member, survey)
    clock.set(CLOSES)
    mine = Membership.member == world.member.member.id
    Membership.update(until_on=date(2026, 12, 20)).where(mine).execute()
    clock.advance(days=60)
    assert rows(fill(api, world.county_officer, survey))["community"] == (4, 1, 1, True)
    Membership.update(until_on=date(2026, 11, 30)).where(mine).execute()
    assert rows(fill(api, world.county_officer, survey))["community"] == (3, 0, 1, False)


@pytest.mark.parametrize(
    ("part", "code", "status"),
    [
        ("county_officer", "DH", 200),
        ("county_officer", "DH-01-01", 200),
        ("secretary", "DH-01-01", 200),
        ("secretary", "DH", 404),
        ("host_secretary", "DH-01-01", 404),
        ("member", "DH-01-01", 403),
        ("stranger", "DH", 404),
        ("county_officer", "NOWHERE", 404),
    ],
)
def test_who_sees_the_fill_of_which_part(api: Any, world: World, part: str, code: str, status: int) -> None:
    survey = opened(api, world)
    assert api(world.people[part]).get(f"/surveys/{survey}/fill", organization=code).status == status


def test_a_part_outside_the_survey_and_a_draft_have_no_fill(api: Any, world: World) -> None:
    survey = opened(api, world, organization="DH-01-01")
    officer = api(world.county_officer)
    assert officer.get(f"/surveys/{survey}/fill", organization="NS-01").status == 404
    assert officer.get(f"/surveys/{survey}/fill", organization="DH").status == 404
    assert officer.get(f"/surveys/{drafted(api, world)}/fill", organization="DH").status == 404


def test_a_secretary_sees_who_of_his_own_branch_is_to_be_asked(api: Any, world: World) -> None:
    survey = opened(api, world)
    exempted(world.volunteer)
    answer(api, world.member, survey)
    path = f"/surveys/{survey}/missing"
    shown = api(world.secretary).get(path, organization="DH-01-01")
    assert [one["name"] for one in shown.data["members"]] == ["冯磊", "孙立新"]
    assert set(shown.data["members"][0]) == {"member", "name"}
    asked = {
        ("county_officer", "DH-01-01"): 403,
        ("host_secretary", "DH-01-01"): 404,
        ("member", "DH-01-01"): 403,
        ("secretary", "NS-01"): 404,
        ("secretary", "DH"): 404,
    }
    for (part, code), status in asked.items():
        assert api(world.people[part]).get(path, organization=code).status == status, (part, code)


def test_nobody_learns_who_has_not_answered_an_anonymous_one(api: Any, world: World) -> None:
    survey = opened(api, world, anonymous=True)
    refused = api(world.secretary).get(f"/surveys/{survey}/missing", organization="DH-01-01")
    assert (refused.status, refused.code) == (409, "anonymous_survey")
