"""What people and forgers send to the desk: markup in every field, hidden fields of another branch, foreign links."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from backend.core.database import in_unit_of_work
from backend.learning.packs.categories import seed_categories
from backend.learning.packs.models import ContentPack
from backend.messaging.models import GroupChat
from backend.messaging.reminders.catalogue import seed_reminder_rules
from tests.branch_life.makers import planned
from tests.cast import Person
from tests.conftest import Api, FakeClock
from tests.desk.conftest import Seat, text_of
from tests.desk.test_forms import lesson_form
from tests.desk.test_life import MODEL, RULE
from tests.desk.test_messages import HERE
from tests.desk.test_rules import HAIR, TIMER
from tests.messaging.test_group_chats import KEY
from tests.service.conftest import LAMP, Desk

Sit = Callable[[Person | None], Seat]
Calls = Callable[[Any], Api]
BAD = "<script>alert(1)</script>"
EXEMPTION = {"reason": "ill", "note": BAD, "since_on": "2026-11-23", "until_on": "2027-01-31"}
CALL = {"name": "王奶奶", "phone": "13800001234", "relation": BAD[:20], "service_type": "repair", "title": BAD}


@pytest.fixture
def sun(sit: Sit, desk: Desk) -> Seat:
    """The secretary's seat, with a catalogue."""
    return sit(desk.world.secretary)


# ---------------------------------------------------------------- markup


def test_markup_in_every_field_of_every_form_stays_text(
    sun: Seat, sit: Sit, desk: Desk, api: Calls, clock: FakeClock
) -> None:
    """Each form takes it as text or refuses it; no page and no refusal gives it back as markup."""
    in_unit_of_work(seed_categories)
    world, officer = desk.world, sit(desk.world.county_officer)
    activity = planned(api, world, title=BAD, agenda=BAD, place={"text": BAD})
    answers = [
        sun.post("/orders/new", {**CALL, "description": BAD, "place": BAD}),
        sun.post("/activities/schedules", {**RULE, "title": BAD, "place": BAD}),
        sun.post("/activities/schedules/preview", {**RULE, "title": BAD, "place": BAD}),
        sun.post("/activities/models", {**MODEL, "title": BAD, "agenda": BAD}),
        sun.post("/members/exemptions", {**HERE, "member": world.member.member.public_id, **EXEMPTION}),
        sun.post("/messages/groups", {**HERE, "name": BAD, "kind": "robot", "robot_key": KEY}),
        sun.post("/lessons/series", {**HERE, "name": BAD}),
        sun.post("/lessons/new", _bad_lesson(), content_type="multipart/form-data"),
        officer.post("/packs", {"organization": "DH", "month": "2026-12", "title": BAD}),
        officer.post("/rules/timers", {**TIMER, "source": BAD}),
        officer.post("/rules/kinds", {**HAIR, "name": BAD[:20], "hint": BAD, "safeguard": BAD, "q0_label": BAD}),
        officer.post("/rules/calendar", {"organization": "DH", "on": "2026-12-28", "working": "false", "reason": BAD}),
    ]
    assert [one.status_code for one in answers if one.status_code not in {200, 204, 422}] == []
    assert sum(one.status_code == 204 for one in answers) >= 9
    pack = ContentPack.get().public_id
    item = {"organization": "DH", "category": "theory", "kind": "article", "title": BAD, "source": BAD, "text": BAD}
    assert officer.post(f"/packs/{pack}/items", item).status_code == 204
    assert sun.post(f"/activities/{activity}/cancel", {"reason": BAD}).status_code == 204
    seen = 0
    for seat, paths in ((sun, BRANCH_PAGES), (officer, (f"/packs/{pack}?organization=DH", *RULE_PAGES))):
        for path in (*paths, f"/activities/{activity}"):
            page = seat.get(path)
            assert page.status_code == 200, path
            assert BAD not in page.text, path
            seen += page.text.count("&lt;script&gt;alert(1)&lt;/script&gt;")
    assert seen > 20
    assert all(BAD not in one.text for one in answers)


BRANCH_PAGES = (
    "/",
    "/orders?box=all",
    "/moderation",
    "/activities?month=2026-11",
    "/activities/schedules",
    "/activities/models",
    "/activities/new",
    "/members/exemptions",
    "/messages/groups",
    "/lessons/series",
    "/lessons",
    "/rules/timers",
    "/rules/changes",
)
RULE_PAGES = ("/packs", "/rules", "/rules/timers", "/rules/calendar", "/rules/calendar?year=2026", "/rules/changes")


def _bad_lesson() -> dict[str, Any]:
    return {**lesson_form(), **dict.fromkeys(("title", "source", "text"), BAD), "lecturer": BAD}


# ---------------------------------------------------------------- forged fields and foreign links


FORGED = {
    "/members/exemptions": EXEMPTION,
    "/members/posts": {"role": "volunteer"},
    "/messages/groups": {"name": "群", "kind": "wechat"},
    "/messages/limits": {"daily_cap": "1"},
    "/messages/rules/weekly_digest/skip": {},
    "/activities/new": {"kind": "party_day", "title": "x", "starts_at": "2026-11-27T19:00", "minutes": "90"}
    | {"place": "x", "methods": ["code"]},
    "/activities/schedules": RULE,
    "/activities/schedules/preview": RULE,
    "/activities/models": MODEL,
    "/lessons/series": {"name": "x"},
    "/packs": {"month": "2026-12", "title": "x"},
    "/rules/timers": TIMER,
    "/rules/kinds": HAIR,
    "/rules/kinds/look": HAIR,
    "/rules/kinds/errand/close": {"seen": "1"},
    "/rules/calendar": {"on": "2026-12-28", "working": "false", "reason": "地方节日"},
    "/rules/calendar/2026-12-28/withdraw": {},
    "/rules/timers/1/withdraw": {},
    "/members/import": {"way": "apply", "pasted": "x"},
}
STEP = re.compile(r"/(rules|groups|posts)/[a-z0-9._]+/\w+$")


@pytest.mark.parametrize("path", FORGED)
def test_a_hidden_field_of_another_branch_opens_nothing(sun: Seat, desk: Desk, path: str) -> None:
    seed_reminder_rules()
    form = {**FORGED[path], "member": desk.world.member.member.public_id, "organization": "NS-01"}
    answer = sun.post(path, form)
    assert (answer.status_code, answer.get_json()["code"]) in {
        (404, "organization_not_found"),
        (404, "not_found"),
        (403, "forbidden"),
    }


def test_every_form_that_names_an_organisation_is_forged_above(sun: Seat, desk: Desk) -> None:
    """A new form with such a field has to be tried, too."""
    forms = set()
    for path in (*BRANCH_PAGES, "/members/posts", "/messages/limits", "/messages/rules", "/packs", "/members/import"):
        for target, body in re.findall(r'<form[^>]*hx-post="/desk([^"]+)"(.*?)</form>', sun.get(path).text, re.DOTALL):
            if 'name="organization"' in body:
                forms.add(STEP.sub(r"/\1/*/*", target))
    # where the thing itself says whose it is, the field only leads back to the page
    assert len(forms) >= 10
    assert forms <= {STEP.sub(r"/\1/*/*", path) for path in FORGED} | {"/messages/groups/*/*", "/members/posts/*/*"}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/orders/{order}", 404),
        ("/orders/{order}/slip", 404),
        ("/activities/{activity}", 404),
        ("/activities/{activity}/code", 404),
        ("/members?organization=DH-01-01", 404),
        ("/members/exemptions?organization=DH-01-01", 404),
        ("/members/away?organization=DH-01-01", 404),
        ("/members/posts?organization=DH-01-01", 404),
        ("/activities?organization=DH-01-01", 404),
        ("/activities/schedules?organization=DH-01-01", 404),
        ("/messages/groups?organization=DH-01-01", 404),
        ("/messages/rules?organization=DH-01-01", 404),
        ("/messages/limits?organization=DH-01-01", 404),
        ("/messages/sendings?organization=DH-01-01", 404),
        ("/orders?box=all&organization=DH-01-01", 404),
        ("/rules/timers?organization=DH-01-01", 404),
        ("/rules/kinds/errand?organization=DH-01-01", 404),
        ("/numbers?organization=DH-01-01", 404),
        ("/duties?organization=DH-01-01", 404),
        ("/operation/users", 404),
    ],
)
def test_a_link_of_another_branch_is_a_page_that_is_not_there(
    sit: Sit, sun: Seat, desk: Desk, api: Calls, path: str, status: int
) -> None:
    found = {"order": desk.submitted(), "activity": planned(api, desk.world)}
    answer = sit(desk.world.host_secretary).get(path.format(**found))
    shown = text_of(answer).split("退出")[1]
    assert answer.status_code == status
    assert "回到今日" in shown
    for secret in (LAMP["title"], "大河社区", "李桂芳", "重走"):
        assert secret not in shown


def test_no_group_of_another_branch_is_reached_by_its_id(sun: Seat, sit: Sit, desk: Desk) -> None:
    sun.post("/messages/groups", {**HERE, "name": "工作群", "kind": "wechat"})
    chat = GroupChat.get().public_id
    forged = {"organization": "NS-01"}
    for step in ("test", "mute", "disable", "enable"):
        assert sit(desk.world.host_secretary).post(f"/messages/groups/{chat}/{step}", forged).status_code == 404
    assert GroupChat.get().disabled_at is None
