"""Each page as each part of the cast sees it, and how many statements it takes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from backend.people.models import Member, Membership
from tests.branch_life.makers import END, START, planned
from tests.cast import SINCE, Person, World
from tests.conftest import Api, FakeClock
from tests.desk.conftest import Seat, text_of

Sit = Callable[[Person | None], Seat]
Statements = Callable[[], Any]
Calls = Callable[[Any], Api]

# page → statements at most, the look-up of the session among them; the same with ten rows and with a hundred
PAGES = {
    "/": 14,
    "/account": 8,
    "/orders": 14,
    "/orders/rows": 6,
    "/orders/counts": 4,
    "/orders/new": 4,
    "/moderation": 5,
    "/forwards": 4,
    "/members": 8,
    "/members/claims": 8,
    "/members/requests": 14,
    "/members/posts": 16,
    "/members/away": 10,
    "/members/import": 8,
    "/members/exemptions": 8,
    "/messages/groups": 8,
    "/messages/rules": 40,
    "/messages/sendings": 6,
    "/messages/dead": 8,
    "/messages/limits": 18,
    "/activities": 12,
    "/activities/new": 8,
    "/activities/schedules": 9,
    "/activities/models": 7,
    "/duties": 10,
    "/lessons": 16,
    "/lessons/new": 6,
    "/lessons/series": 8,
    "/packs": 9,
    "/surveys": 9,
    "/surveys/new": 6,
    "/numbers": 20,
    "/numbers/satisfied": 14,
    "/numbers/directions": 8,
    "/rules": 6,
    "/rules/timers": 8,
    "/rules/calendar": 8,
    "/rules/figures": 5,
    "/rules/changes": 8,
}
# who gets which pages: everything else of the table is refused
OFFICER = {
    "/",
    "/account",
    "/orders",
    "/orders/rows",
    "/orders/counts",
    "/moderation",
    "/members",
    "/members/posts",
    "/members/requests",
    "/members/away",
    "/members/import",
    "/members/exemptions",
    "/messages/sendings",
    "/messages/limits",
    "/messages/dead",
    "/activities",
    "/activities/schedules",
    "/activities/models",
    "/duties",
    "/lessons",
    "/lessons/new",
    "/lessons/series",
    "/packs",
    "/surveys",
    "/surveys/new",
    "/numbers",
    "/numbers/satisfied",
    "/numbers/directions",
    "/rules",
    "/rules/timers",
    "/rules/calendar",
    "/rules/figures",
    "/rules/changes",
}


@pytest.mark.parametrize("path", PAGES)
def test_a_secretary_has_every_page_of_the_branch(sit: Sit, world: World, statements: Statements, path: str) -> None:
    seat = sit(world.secretary)
    with statements() as run:
        answer = seat.get(path, part=path in {"/orders/rows", "/orders/counts"})
    assert answer.status_code == 200, text_of(answer)
    assert len(run) <= PAGES[path], "\n".join(run)


@pytest.mark.parametrize("path", PAGES)
def test_an_officer_has_what_his_rights_open(sit: Sit, world: World, path: str) -> None:
    answer = sit(world.county_officer).get(path)
    assert (answer.status_code == 200) is (path in OFFICER), text_of(answer)


def test_the_menu_shows_what_opens(sit: Sit, world: World) -> None:
    menu = text_of(sit(world.county_officer).get("/"))
    assert "运行" in menu
    assert "登记来电" not in text_of(sit(world.county_officer).get("/orders"))
    assert "登记来电" in text_of(sit(world.secretary).get("/orders"))
    assert sit(world.county_officer).get("/operation").status_code == 200
    assert sit(world.secretary).get("/operation").status_code == 404
    assert "运行" not in text_of(sit(world.secretary).get("/"))


@pytest.mark.parametrize("path", ["/members", "/activities", "/duties", "/members/posts", "/members/away", "/numbers"])
def test_another_branch_is_not_there(sit: Sit, world: World, path: str) -> None:
    answer = sit(world.secretary).get(f"{path}?organization={world.host_branch.code}")
    assert answer.status_code == 404 or "大河社区" not in text_of(answer).split("退出")[1]
    assert "周敏" not in text_of(answer)


def test_no_page_costs_more_with_more_rows(
    sit: Sit, world: World, api: Calls, statements: Statements, clock: FakeClock
) -> None:
    seat = sit(world.secretary)

    def costs() -> dict[str, int]:
        found = {}
        for path in ("/", "/members", "/activities"):
            with statements() as run:
                assert seat.get(path).status_code == 200
            found[path] = len(run)
        return found

    planned(api, world)
    before = costs()
    for number in range(12):
        member = Member.create(
            public_id=f"m{number:015}",
            name=f"党员{number}",
            status="full",
            organization=world.branch,
            created_at=clock(),
        )
        Membership.create(member=member, organization=world.branch, kind="home", since_on=SINCE)
        later = timedelta(days=1, minutes=number)
        planned(api, world, starts_at=(START + later).isoformat(), ends_at=(END + later).isoformat())
    assert costs() == before


def test_what_people_wrote_is_text_and_never_markup(sit: Sit, world: World) -> None:
    Member.update(name="<script>alert(1)</script>").where(Member.id == world.member.member.id).execute()
    answer = sit(world.secretary).get("/members")
    assert "<script>alert" not in answer.get_data(as_text=True)
    assert "<script>alert(1)</script>" in text_of(answer)


@pytest.mark.parametrize("query", ["cursor=%00", "cursor=nonsense", "limit=-1", "box=nowhere", "organization=nowhere"])
def test_a_broken_address_is_a_page_that_says_so(sit: Sit, world: World, query: str) -> None:
    answer = sit(world.secretary).get(f"/orders?{query}")
    assert answer.status_code in {200, 404, 422}
    assert "支部工作台" in text_of(answer)


def test_a_csv_opens_in_a_spreadsheet_and_holds_no_formula(sit: Sit, world: World) -> None:
    world.branch.name = "=cmd|calc"
    world.branch.save()
    answer = sit(world.secretary).get("/numbers.csv")
    text = answer.get_data().decode("utf-8")
    assert text.startswith("\ufeff指标,数值,分子,分母,口径")
    assert ",'=cmd|calc," in text
