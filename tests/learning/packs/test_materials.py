"""A meeting takes its material from the pack of the month; once it was held, that counts as use. And the order."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from backend.learning.packs.models import PackItem, PackMaterial, PackReceipt
from backend.messaging.reminders.catalogue import seed_reminder_rules
from backend.messaging.reminders.due import remind
from backend.messaging.reminders.models import ReminderRun
from backend.rooms import REMINDERS
from tests.branch_life.makers import scan
from tests.conftest import Answer
from tests.learning.lessons.conftest import SHANGHAI, Desk
from tests.learning.lessons.conftest import desk as desk
from tests.learning.packs.test_packs import _add, _layers, _publish
from tests.learning.packs.test_packs import categories as categories
from tests.learning.packs.test_packs import pack as pack
from tests.messaging.makers import readers, spread_all

pytestmark = pytest.mark.usefixtures("categories")
EVENING = datetime(2026, 12, 10, 19, 0, tzinfo=SHANGHAI)


def meeting(desk: Desk, at: datetime = EVENING, **changed: Any) -> str:
    """A Party day of the branch, planned by its secretary."""
    body = {
        "organization": "DH-01-01",
        "kind": "party_day",
        "title": "主题党日",
        "starts_at": at.isoformat(),
        "ends_at": (at + timedelta(hours=1)).isoformat(),
        "place": {"text": "活动室"},
        **changed,
    }
    answer = desk.api(desk.world.people["secretary"]).post("/activities", body)
    assert answer.status == 201, answer.body
    return str(answer.data["id"])


def choose(desk: Desk, activity: str, items: list[str], part: str = "secretary") -> Answer:
    """PUT the materials of a meeting."""
    return desk.api(desk.world.people[part]).put(f"/activities/{activity}/materials", {"items": items})


def shown(desk: Desk, activity: str, part: str = "secretary") -> tuple[list[str], list[str]]:
    """Titles that are chosen, and that are offered."""
    data = desk.api(desk.world.people[part]).get(f"/activities/{activity}/materials").data
    return [item["title"] for item in data["chosen"]], [item["title"] for item in data["offered"]]


def ids() -> dict[str, str]:
    """Items by title."""
    return {item.title: item.public_id for item in PackItem.select()}


def used(desk: Desk, pack: str) -> tuple[int, int]:
    """Items used and meetings of the branch, in the report."""
    officer = desk.api(desk.world.people["county_officer"])
    rows = officer.get(f"/packs/{pack}/report", organization="DH").data["items"]
    (row,) = [row for row in rows if row["organization"]["code"] == "DH-01-01"]
    return row["items_used"], row["meetings"]


def test_the_organiser_picks_from_the_pack_of_the_month_and_members_read_it(desk: Desk, pack: str) -> None:
    _layers(desk, pack)
    activity = meeting(desk)
    assert shown(desk, activity) == ([], ["DH的文章", "DH-01-01的文章"])
    assert shown(desk, activity, "member") == ([], [])
    both = ids()
    assert choose(desk, activity, [both["DH-01-01的文章"], both["DH的文章"]]).status == 200
    assert shown(desk, activity, "member") == (["DH-01-01的文章", "DH的文章"], [])
    assert choose(desk, activity, [both["DH的文章"]]).status == 200
    assert shown(desk, activity) == (["DH的文章"], ["DH-01-01的文章"])
    assert PackReceipt.select().count() == 1


def test_another_month_offers_nothing_but_may_take_what_reaches_the_branch(desk: Desk, pack: str) -> None:
    _layers(desk, pack)
    activity = meeting(desk, EVENING + timedelta(days=31))
    assert shown(desk, activity) == ([], [])
    assert choose(desk, activity, [ids()["DH的文章"]]).status == 200


def test_it_counts_as_used_once_the_meeting_was_held(desk: Desk, pack: str) -> None:
    _layers(desk, pack)
    activity = meeting(desk)
    choose(desk, activity, list(ids().values()))
    assert used(desk, pack) == (0, 0)
    desk.clock.set(EVENING)
    assert used(desk, pack) == (0, 0)  # begun, and nobody was there
    assert scan(desk.api, desk.world.people["member"], activity, EVENING).status == 201
    assert used(desk, pack) == (2, 1)


def test_the_same_item_in_the_meeting_and_reported_by_hand_counts_once(desk: Desk, pack: str) -> None:
    _layers(desk, pack)
    activity = meeting(desk)
    items = list(ids().values())
    choose(desk, activity, items[:1])
    desk.clock.set(EVENING)
    scan(desk.api, desk.world.people["member"], activity, EVENING)
    body = {"organization": "DH-01-01", "items": items, "used_on": "2026-12-10", "activity": activity}
    assert desk.api(desk.world.people["secretary"]).post(f"/packs/{pack}/uses", body).status == 200
    assert used(desk, pack) == (2, 1)


def test_what_was_called_off_does_not_count_and_takes_no_material(desk: Desk, pack: str) -> None:
    _layers(desk, pack)
    activity = meeting(desk)
    choose(desk, activity, list(ids().values()))
    secretary = desk.api(desk.world.people["secretary"])
    assert secretary.post(f"/activities/{activity}/cancel", {"reason": "停电"}).status == 200
    desk.clock.set(EVENING + timedelta(hours=1))
    assert used(desk, pack) == (0, 0)
    assert choose(desk, activity, []).code == "activity_cancelled"


def test_a_withdrawn_item_is_not_studied_any_more(desk: Desk, pack: str) -> None:
    _layers(desk, pack)
    activity = meeting(desk)
    choose(desk, activity, list(ids().values()))
    desk.api(desk.world.people["secretary"]).post(f"/pack-items/{ids()['DH-01-01的文章']}/withdraw")
    assert shown(desk, activity) == (["DH的文章"], [])


@pytest.mark.parametrize(("part", "status"), [("member", 403), ("host_secretary", 404), ("stranger", 404)])
def test_only_who_plans_there_chooses(desk: Desk, pack: str, part: str, status: int) -> None:
    _layers(desk, pack)
    activity = meeting(desk)
    assert choose(desk, activity, list(ids().values()), part).status == status
    assert PackMaterial.select().count() == PackReceipt.select().count() == 0


def test_what_does_not_reach_the_branch_is_refused_and_nothing_changes(desk: Desk, pack: str) -> None:
    _layers(desk, pack)
    activity = meeting(desk)
    choose(desk, activity, [ids()["DH的文章"]])
    _add(desk, pack, "host_secretary", "NS-01", title="深圳的")
    _add(desk, pack, "secretary", "DH-01-01", title="草稿")
    for items in (["nothing"], [ids()["深圳的"]], [ids()["草稿"]]):
        answer = choose(desk, activity, items)
        assert (answer.status, answer.body["errors"][0]["field"]) == (422, "items")
    assert shown(desk, activity)[0] == ["DH的文章"]


# ---------------------------------------------------------------- the order of a layer's items


def order(desk: Desk, pack: str, items: list[str], part: str = "secretary") -> Answer:
    """POST the order of the branch's items."""
    body = {"organization": "DH-01-01", "items": items}
    return desk.api(desk.world.people[part]).post(f"/packs/{pack}/order", body)


def test_a_layer_puts_its_items_in_order(desk: Desk, pack: str) -> None:
    _layers(desk, pack)
    for title in ("甲", "乙", "丙"):
        _add(desk, pack, "secretary", "DH-01-01", category="examples", title=title)
    named = ids()
    wanted = [named[title] for title in ("丙", "DH-01-01的文章", "甲", "乙")]
    answer = order(desk, pack, wanted)
    assert [item["title"] for item in answer.data["items"]] == ["DH的文章", "丙", "DH-01-01的文章", "甲", "乙"]
    _add(desk, pack, "secretary", "DH-01-01", category="examples", title="丁")
    data = desk.api(desk.world.people["secretary"]).get(f"/packs/{pack}").data
    assert data["items"][-1]["title"] == "丁"


def test_an_order_that_names_others_or_forgets_one_is_refused(desk: Desk, pack: str) -> None:
    _layers(desk, pack)
    mine, theirs = ids()["DH-01-01的文章"], ids()["DH的文章"]
    for items in ([theirs], [mine, theirs], [mine, mine]):
        assert order(desk, pack, items).status == 422
    assert order(desk, pack, [mine], "member").status == 403
    assert order(desk, pack, [mine], "host_secretary").status == 404


# ---------------------------------------------------------------- a pack that nobody has looked at


def told(day: int) -> int:
    """How many are reminded in the evening of a day of November."""
    ReminderRun.delete().execute()
    now = datetime(2026, 11, day, 20, 0, tzinfo=SHANGHAI)
    number = remind(questions={"pack_unread": REMINDERS["pack_unread"]}, timezone=SHANGHAI, now=now)
    spread_all(now)
    return number


def test_a_pack_is_spoken_of_after_three_and_ten_days_until_it_is_received(desk: Desk, pack: str) -> None:
    seed_reminder_rules()
    _layers(desk, pack)  # published on the 23rd for the whole county
    assert [day for day in (24, 25, 26, 27) if told(day)] == [26]
    assert [name for name in readers() if name in {"孙立新", "周敏"}].count("周敏") == 1
    desk.api(desk.world.people["secretary"]).post(f"/packs/{pack}/receipts", {"organization": "DH-01-01"})
    ReminderRun.delete().execute()
    tenth = datetime(2026, 12, 3, 20, 0, tzinfo=SHANGHAI)
    assert remind(questions={"pack_unread": REMINDERS["pack_unread"]}, timezone=SHANGHAI, now=tenth) == 1


def test_a_branch_that_a_layer_does_not_reach_is_not_asked(desk: Desk, pack: str) -> None:
    seed_reminder_rules()
    _add(desk, pack, "second_member", "DH-01-01")
    _publish(desk, pack, "secretary", "DH-01-01")
    assert told(26) == 1
    assert "周敏" not in readers()
