"""How many statements a page takes: no more with twelve of everything than with one."""

from collections.abc import Callable
from datetime import timedelta
from gzip import compress
from typing import Any

import pytest

from backend.core.database import in_unit_of_work
from backend.learning.packs.categories import seed_categories
from backend.learning.packs.models import ContentPack
from backend.messaging.dead_letters.models import DeadLetter
from backend.messaging.models import GroupChat
from backend.messaging.reminders.catalogue import seed_reminder_rules
from backend.people.models import Member, Membership
from tests.branch_life.makers import END, START, planned
from tests.cast import SINCE, Person, World
from tests.conftest import Api, FakeClock
from tests.desk.conftest import Seat, text_of
from tests.desk.test_life import MODEL, RULE
from tests.desk.test_messages import HERE
from tests.desk.test_rules import TIMER
from tests.messaging import makers
from tests.service.conftest import Desk
from tools.client import ROOT

Sit = Callable[[Person | None], Seat]
Calls = Callable[[Any], Api]
MOST_BYTES = 100_000  # compressed
PAGES = (
    "/",
    "/orders?box=all",
    "/moderation",
    "/members",
    "/members/away",
    "/members/exemptions",
    "/members/posts",
    "/activities",
    "/activities/schedules",
    "/activities/models",
    "/activities/new",
    "/duties",
    "/messages/groups",
    "/messages/rules",
    "/messages/sendings",
    "/messages/dead",
    "/messages/limits",
    "/lessons",
    "/lessons/series",
    "/packs",
    "/rules",
    "/rules/kinds/errand",
    "/rules/timers",
    "/rules/calendar",
    "/rules/changes",
)


class Filler:
    """Adds one of everything to the branch."""

    def __init__(self, sun: Seat, officer: Seat, desk: Desk, api: Calls) -> None:
        self.sun, self.officer, self.desk, self.api, self.number = sun, officer, desk, api, 0

    def add(self) -> None:
        """One more of each."""
        self.number += 1
        n, world, clock = self.number, self.desk.world, self.desk.clock
        self.desk.submitted()
        self.desk.submitted(checked=False)
        later = timedelta(days=1, minutes=n)
        planned(self.api, world, starts_at=(START + later).isoformat(), ends_at=(END + later).isoformat())
        member = Member.create(
            public_id="member" + 10 * chr(96 + n),
            name=f"党员{n}",
            status="full",
            organization=world.branch,
            created_at=clock(),
        )
        Membership.create(member=member, organization=world.branch, kind="home", since_on=SINCE)
        term = {"reason": "old", "since_on": "2026-11-23", "until_on": "2027-01-31"}
        in_county = {"organization": "DH"}
        day = f"2026-12-{n + 1:02}"
        made = [
            self.sun.post("/members/exemptions", {**HERE, "member": member.public_id, **term}),
            self.sun.post("/activities/schedules", {**RULE, "title": f"党日{n}"}),
            self.sun.post("/activities/models", MODEL),
            self.sun.post("/messages/groups", {**HERE, "name": f"群{n}", "kind": "wechat"}),
            self.sun.post("/lessons/series", {**HERE, "name": f"系列{n}"}),
            self.officer.post("/packs", {**in_county, "month": f"2027-{n:02}", "title": f"资料{n}"}),
            self.officer.post("/rules/timers", {**TIMER, "starts_on": day}),
            self.officer.post("/rules/calendar", {**in_county, "on": day, "working": "false", "reason": "节日"}),
        ]
        assert [one.status_code for one in made] == [204] * len(made)


@pytest.fixture
def filler(sit: Sit, desk: Desk, api: Calls) -> Filler:
    """The branch with one of everything."""
    in_unit_of_work(seed_categories)
    seed_reminder_rules()
    filler = Filler(sit(desk.world.secretary), sit(desk.world.county_officer), desk, api)
    filler.add()
    return filler


def test_twelve_of_everything_cost_as_much_as_one(
    filler: Filler, statements: Callable[[], Any], world: World, clock: FakeClock
) -> None:
    def costs() -> dict[str, int]:
        found = {}
        for path in PAGES:
            with statements() as run:
                page = filler.sun.get(path)
            assert page.status_code == 200, text_of(page)
            found[path] = len(run)
        return found

    before = costs()
    for _ in range(11):
        filler.add()
    assert (ContentPack.select().count(), GroupChat.select().count()) == (12, 12)
    after = costs()  # a page that is full sooner may ask for less
    assert {path: (before[path], after[path]) for path in PAGES if after[path] > before[path]} == {}


def test_every_full_page_is_small_with_all_that_it_needs(filler: Filler) -> None:
    for _ in range(11):
        filler.add()
    statics = ("desk/desk.css", "desk/desk.js", "vendor/htmx/htmx.min.js")
    needed = sum(len(compress((ROOT / "backend" / "static" / one).read_bytes())) for one in statics)
    sizes = {path: len(compress(filler.sun.get(path).data)) + needed for path in PAGES}
    assert {path: size for path, size in sizes.items() if size > MOST_BYTES} == {}


def test_dead_letters_cost_as_much_however_many(
    filler: Filler, statements: Callable[[], Any], world: World, clock: FakeClock
) -> None:
    makers.group(world.branch, clock())
    costs = []
    for number in (1, 9):
        for _ in range(number):
            makers.happen("activity.cancelled", clock(), at=world.branch)
        makers.spread_all(clock())
        for parcel in makers.claimed(clock(), 50):
            makers.deliveries.mark_dead(parcel, "no answer", now=clock())
        with statements() as run:
            assert filler.sun.get("/messages/dead").status_code == 200
        costs.append(len(run))
    assert DeadLetter.select().count() >= 10
    assert costs[0] == costs[1]
