"""Everybody walks every page that a link leads him to, in Chromium: nothing dead, foreign, nameless or too pale."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext
from werkzeug.exceptions import HTTPException

from backend.core.database import connected, in_unit_of_work
from backend.desk.frame import CSRF, SESSION, form_proof
from backend.learning.lessons.models import Lesson
from backend.learning.packs.categories import seed_categories
from backend.messaging.reminders.catalogue import seed_reminder_rules
from backend.messaging.spread import CHUNK, Moment, spread_due
from backend.people.access import issue_token
from backend.people.models import Account, OrganizationPost, Role
from tests.branch_life.makers import plan
from tests.cast import SINCE, Person, World
from tests.conftest import SHANGHAI, FakeClock
from tests.desk.browser import BIG, PHONE, SMALL, faults_in, listen
from tests.desk.conftest import Seat
from tests.desk.test_forms import lesson_form
from tests.desk.test_in_browser import orders as orders
from tests.desk.test_in_browser import site as site
from tests.desk.test_life import MODEL, RULE
from tests.desk.test_messages import HERE
from tests.desk.test_rules import TIMER
from tests.messaging.makers import happen
from tests.messaging.test_group_chats import ADDRESS
from tests.messaging.test_spread import crowd
from tests.service.conftest import Desk

pytestmark = pytest.mark.browser

MOST_OF_A_KIND = 2  # pages of one address that are walked
NOT_WALKED = {"desk.log_in", "desk.static"}
# parts that a page fetches by itself, files, and pages that only what happened elsewhere leads to
PARTS = {
    "desk.board_rows",
    "desk.board_counts",
    "desk.ask_questions",
    "desk.read_sending",
    "desk.find_order",
    "desk.log_in",
}
EXPORTS = {"desk.export_numbers", "desk.export_order_list"}
FILES = re.compile(r"\.(csv|xlsx)|/export|format=|/posters?/|\.png|\.svg")
SIZES = {"secretary": (SMALL, PHONE), "county_officer": (BIG,)}  # a secretary has his telephone at hand
ROLES = ("secretary", "street_officer", "county_officer", "auditor")


def seat_of(app: Flask, account: Account, now: FakeClock) -> Seat:
    """A seat at the desk without a browser, to fill it."""
    token, _ = issue_token(account, "desk", device="Windows · Chrome", now=now())
    client = app.test_client()
    client.set_cookie(SESSION, token, path="/desk")
    client.set_cookie(CSRF, form_proof(token), path="/desk")
    return Seat(client)


@pytest.fixture
def furnished(site: tuple[str, Flask, World], orders: Desk, clock: FakeClock) -> World:
    """One of everything that a page can show."""
    _, app, world = site
    with connected():
        for part, where, role in (("neighbour", "street", Role.COUNTY_OFFICER), ("stranger", "county", Role.AUDITOR)):
            account, place = getattr(world, part).account, getattr(world, where)
            OrganizationPost.create(organization=place, account=account, role=role, starts_on=SINCE)
        in_unit_of_work(seed_categories)
        seed_reminder_rules()
        crowd(world, clock, CHUNK + 100)
        happen("lesson.published", clock(), at=world.branch, title="党章里的组织生活")
        spread_due(10, Moment(clock(), SHANGHAI))
        orders.submitted()
        orders.accepted()
        orders.submitted(checked=False)
        assert orders.api(world.secretary).post("/activities", plan()).status == 201
        away = {"reason": "务工", "destination": "广东深圳", "leaves_on": "2026-11-25"}
        assert orders.api(world.member).post("/floating-records", away).status == 201
        sun, officer = seat_of(app, world.secretary.account, clock), seat_of(app, world.county_officer.account, clock)
        fill_the_branch(sun, world)
        fill_the_county(officer)
    return world


def fill_the_branch(sun: Seat, world: World) -> None:
    """What a secretary keeps."""
    exemption = {"reason": "old", "since_on": "2026-11-23", "until_on": "2027-01-31"}
    made = [
        sun.post("/activities/schedules", RULE),
        sun.post("/activities/models", MODEL),
        sun.post("/members/exemptions", {**HERE, "member": world.member.member.public_id, **exemption}),
        sun.post("/messages/groups", {**HERE, "name": "工作群", "kind": "robot", "robot_key": ADDRESS}),
        sun.post("/lessons/series", {**HERE, "name": "书记龙门阵"}),
        sun.post("/lessons/new", lesson_form(), content_type="multipart/form-data"),
    ]
    assert [one.status_code for one in made] == [204] * len(made)


def fill_the_county(officer: Seat) -> None:
    """What an officer keeps."""
    made = [
        officer.post("/rules/timers", {**TIMER, "service_type": "errand"}),
        officer.post("/rules/timers", TIMER),
        officer.post("/packs", {"organization": "DH", "month": "2026-12", "title": "十二月学习资料"}),
    ]
    assert [one.status_code for one in made] == [204] * len(made)


@pytest.fixture
def sit_down(
    browser: Browser, site: tuple[str, Flask, World], clock: FakeClock
) -> Iterator[Callable[[Person], BrowserContext]]:
    """A browser in which somebody is logged in."""
    opened: list[BrowserContext] = []

    def seated(person: Person) -> BrowserContext:
        with connected():
            token, _ = issue_token(person.account, "desk", device="Windows · Chrome", now=clock())
            proof = form_proof(token)
        context = browser.new_context(base_url=site[0], locale="zh-CN")
        cookies = {SESSION: token, CSRF: proof}
        context.add_cookies(
            [{"name": name, "value": value, "url": f"{site[0]}/desk"} for name, value in cookies.items()]
        )
        opened.append(context)
        return context

    yield seated
    for context in opened:
        context.close()


def endpoint_of(app: Flask, path: str) -> str | None:
    """The page behind an address of the desk; None for what is none."""
    try:
        endpoint, _ = app.url_map.bind("").match(urlsplit(path).path, "GET")
    except HTTPException:
        return None
    return str(endpoint)


class Walk:
    """Goes from page to page by the links on them, and keeps what was wrong."""

    def __init__(self, app: Flask, base: str, context: BrowserContext) -> None:
        self.app, self.base, self.page = app, base, context.new_page()
        self.faults: list[str] = []
        self.sizes: tuple[tuple[int, int], ...] = ()
        self.seen: dict[str, int] = {}
        self.known: set[str] = set()
        listen(self.page, base, self.faults)

    def go(self, start: str, *sizes: tuple[int, int]) -> None:
        """Walk all that can be reached, and look at each page in these sizes."""
        self.sizes = sizes
        waiting = [start]
        while waiting:
            path = waiting.pop(0)
            endpoint = endpoint_of(self.app, path)
            if endpoint is None:
                self.faults.append(f"leads nowhere: {path}")
            elif endpoint not in NOT_WALKED and self.seen.get(endpoint, 0) < MOST_OF_A_KIND:
                self.seen[endpoint] = self.seen.get(endpoint, 0) + 1
                waiting += self._look(path)

    def _look(self, path: str) -> list[str]:
        answer = self.page.goto(path)
        assert answer
        if answer.status != 200:
            self.faults.append(f"{answer.status}: {path}")
            self.faults.append(self.page.inner_text("body")[:300])
        self.faults += [fault for size in self.sizes for fault in faults_in(self.page, size)]
        links = self.page.eval_on_selector_all("a[href]", "all => all.map((one) => one.href)")
        found = [link.removeprefix(self.base).partition("#")[0] for link in links if link.startswith(self.base)]
        fresh = [one for one in found if one.startswith("/desk/") and one not in self.known and not FILES.search(one)]
        self.known |= set(fresh)
        return fresh


@pytest.mark.parametrize("role", ROLES)
def test_everybody_walks_all_that_is_linked_and_nothing_is_wrong(
    site: tuple[str, Flask, World], furnished: World, sit_down: Callable[[Person], BrowserContext], role: str
) -> None:
    part = {"street_officer": "neighbour", "auditor": "stranger"}.get(role, role)
    walk = Walk(site[1], site[0], sit_down(getattr(furnished, part)))
    walk.go("/desk/", *SIZES.get(role, (SMALL,)))
    assert walk.faults == []
    # what nothing leads him to, he may not open
    for rule in site[1].url_map.iter_rules():
        plain = rule.endpoint.startswith("desk.") and "GET" in (rule.methods or set()) and not rule.arguments
        if plain and rule.endpoint not in {*walk.seen, *PARTS, *EXPORTS}:
            answer = walk.page.goto(rule.rule)
            assert answer
            assert answer.status in {403, 404}, rule.rule
    if role == "secretary":
        details = {"desk.read_order", "desk.print_slip", "desk.read_activity", "desk.show_code", "desk.read_lesson"}
        assert details | {"desk.read_pack", "desk.read_flow"} <= set(walk.seen)


def test_a_stranger_gets_nothing_and_is_told_why(
    site: tuple[str, Flask, World], furnished: World, sit_down: Callable[[Person], BrowserContext]
) -> None:
    with connected():
        assert Lesson.select().count() == 1
    page = sit_down(furnished.resident).new_page()
    for rule in site[1].url_map.iter_rules():
        if rule.endpoint.startswith("desk.") and "GET" in (rule.methods or set()) and rule.endpoint != "desk.log_in":
            path = re.sub(r"<[^>]+>", "x", re.sub(r"<any\((\w+)[^>]*>", r"\1", rule.rule))
            answer = page.goto(path)
            assert answer
            assert answer.status == 403, path
            assert page.get_by_text("没有工作台的职务").is_visible()
            assert "孙立新" not in page.content()
