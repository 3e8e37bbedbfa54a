"""Content packs: layers complete one pack, each sees what is meant for it, and the use is reported by itself."""

from datetime import date, timedelta
from typing import Any

import pytest

from backend.branch_life.activities.models import Activity
from backend.core.database import in_unit_of_work
from backend.learning.packs.categories import FIRST_CATEGORIES, seed_categories
from backend.learning.packs.models import ItemKind, PackCategory, PackItem, PackReceipt, PackUse
from backend.media.models import Media, MediaState
from backend.messaging.models import OutboxEvent
from tests.conftest import Answer
from tests.learning.lessons.conftest import Desk, keep_media
from tests.learning.lessons.conftest import desk as desk  # the people of the branch's lessons

pytestmark = pytest.mark.usefixtures("categories")


@pytest.fixture
def categories(desk: Desk) -> None:
    """The first rows of an installation, written twice."""
    in_unit_of_work(seed_categories)
    in_unit_of_work(seed_categories)


@pytest.fixture
def pack(desk: Desk) -> str:
    """The county's pack of December."""
    body = {"organization": "DH", "month": "2026-12", "title": "十二月学习礼包"}
    answer = desk.api(desk.world.people["county_officer"]).post("/packs", body)
    assert answer.status == 201, answer.body
    return str(answer.data["id"])


def _add(desk: Desk, pack: str, part: str, code: str, **changed: Any) -> Answer:
    body = {
        "organization": code,
        "category": "theory",
        "kind": "article",
        "title": f"{code}的文章",
        "source": "县委党校",
        "text": "正文",
        **changed,
    }
    return desk.api(desk.world.people[part]).post(f"/packs/{pack}/items", body)


def _publish(desk: Desk, pack: str, part: str, code: str) -> Answer:
    return desk.api(desk.world.people[part]).post(f"/packs/{pack}/publish", {"organization": code})


def _titles(desk: Desk, pack: str, part: str) -> list[str]:
    answer = desk.api(desk.world.people[part]).get(f"/packs/{pack}")
    return [item["title"] for item in answer.data["items"]] if answer.status == 200 else [f"{answer.status}"]


def _layers(desk: Desk, pack: str) -> None:
    """An item of the county and one of the branch, published by somebody else each."""
    assert _add(desk, pack, "secretary", "DH-01-01", category="examples").status == 201
    assert _publish(desk, pack, "county_officer", "DH-01-01").status == 200
    item = PackItem.get()
    PackItem.create(
        **{name: getattr(item, name) for name in ("pack", "kind", "source", "text", "created_at", "published_at")},
        public_id="theitemofthecounty",
        organization=desk.world.organizations["county"],
        category=PackCategory.get(code="theory"),
        title="DH的文章",
        author=desk.world.people["secretary"].account,
    )


def test_there_are_seven_categories_four_of_them_named_by_the_source() -> None:
    labels = [row.label for row in PackCategory.select().order_by(PackCategory.position)]
    assert labels == [label for _, label, _ in FIRST_CATEGORIES]
    assert labels[:4] == ["专题理论", "政策解读", "党史学习", "典型教育"]
    assert len(labels) == 7


def test_each_sees_the_items_of_his_own_layers(desk: Desk, pack: str) -> None:
    _layers(desk, pack)
    assert _titles(desk, pack, "member") == ["DH的文章", "DH-01-01的文章"]
    assert _titles(desk, pack, "host_secretary") == ["DH的文章"]
    assert _titles(desk, pack, "county_officer") == ["DH的文章", "DH-01-01的文章"]
    assert _titles(desk, pack, "stranger") == ["404"]


def test_a_draft_is_seen_by_its_editors_only(desk: Desk, pack: str) -> None:
    _add(desk, pack, "secretary", "DH-01-01")
    assert _titles(desk, pack, "secretary") == ["DH-01-01的文章"]
    assert _titles(desk, pack, "county_officer") == ["DH-01-01的文章"]
    assert _titles(desk, pack, "member") == []


def test_packs_are_listed_with_what_one_sees_of_them(desk: Desk, pack: str) -> None:
    _layers(desk, pack)
    for part, items in (("member", 2), ("host_secretary", 1)):
        (shown,) = desk.api(desk.world.people[part]).get("/packs", month="2026-12").data["items"]
        assert (shown["id"], shown["items"], shown["organization"]["code"]) == (pack, items, "DH")
    assert desk.api(desk.world.people["member"]).get("/packs", month="2026-11").data["items"] == []
    assert desk.api(desk.world.people["stranger"]).get("/packs").data["items"] == []


def test_nobody_publishes_his_own_items(desk: Desk, pack: str) -> None:
    assert _publish(desk, pack, "secretary", "DH-01-01").code == "nothing_to_publish"
    _add(desk, pack, "secretary", "DH-01-01")
    assert _publish(desk, pack, "secretary", "DH-01-01").code == "own_review"
    _add(desk, pack, "second_member", "DH-01-01", title="冯磊的文章")
    assert _publish(desk, pack, "secretary", "DH-01-01").status == 200
    assert _titles(desk, pack, "member") == ["冯磊的文章"]


def test_all_below_a_layer_are_told_once(desk: Desk, pack: str) -> None:
    _add(desk, pack, "second_member", "DH-01-01")
    _publish(desk, pack, "secretary", "DH-01-01")
    _publish(desk, pack, "secretary", "DH-01-01")
    (event,) = OutboxEvent.select().where(OutboxEvent.topic == "pack.published")
    assert event.organization_id == desk.world.organizations["branch"].id
    assert event.facts == {
        "id": pack,
        "title": "十二月学习礼包",
        "month": "2026-12",
        "items": 1,
        "first": "DH-01-01的文章",
        "organization": "大河社区第一党支部",
    }


def test_one_pack_a_month_and_organization(desk: Desk, pack: str) -> None:
    client = desk.api(desk.world.people["county_officer"])
    body = {"organization": "DH", "month": "2026-12", "title": "又一个"}
    assert client.post("/packs", body).code == "pack_exists"
    assert client.post("/packs", {**body, "month": "2027-01"}).status == 201


@pytest.mark.parametrize(
    ("part", "code", "status"),
    [
        ("secretary", "DH-01-01", 201),
        ("second_member", "DH-01-01", 201),
        ("county_officer", "DH-01-01", 201),
        ("county_officer", "DH", 201),
        ("secretary", "DH", 404),
        ("member", "DH-01-01", 403),
        ("host_secretary", "DH-01-01", 404),
        ("secretary", "NOWHERE", 404),
    ],
)
def test_who_may_add_for_which_layer(desk: Desk, pack: str, part: str, code: str, status: int) -> None:
    assert _add(desk, pack, part, code).status == status


def test_an_organization_outside_takes_no_part(desk: Desk) -> None:
    body = {"organization": "DH-01-01", "month": "2026-12", "title": "支部礼包"}
    branch_pack = desk.api(desk.reviewer).post("/packs", body).data["id"]
    assert _add(desk, branch_pack, "host_secretary", "NS-01").status == 404


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"kind": "video_link", "url": "https://example.cn/v/1", "text": None}, 201),
        ({"kind": "film", "url": "https://example.cn/f/1", "text": None}, 201),
        ({"kind": "e_book", "url": "https://example.cn/b/1", "text": None}, 201),
        ({"kind": "policy"}, 201),
        ({"kind": "video_link", "text": None}, 422),
        ({"kind": "video_link", "url": "http://example.cn/v"}, 422),
        ({"kind": "film", "url": "javascript:alert(1)"}, 422),
        ({"kind": "article", "text": None}, 422),
        ({"kind": "policy", "text": None}, 422),
        ({"kind": "audio"}, 422),
        ({"kind": "audio", "media": "nothing"}, 422),
        ({"kind": "game"}, 422),
        ({"category": "gossip"}, 422),
    ],
)
def test_an_item_brings_what_its_kind_asks(desk: Desk, pack: str, changed: dict[str, Any], status: int) -> None:
    assert _add(desk, pack, "secretary", "DH-01-01", **changed).status == status


def test_a_sound_is_heard_by_a_signed_link(desk: Desk, pack: str) -> None:
    sound = keep_media(desk.reviewer, desk.clock())
    answer = _add(desk, pack, "secretary", "DH-01-01", kind=ItemKind.AUDIO, text=None, media=sound)
    assert answer.data["items"][0]["audio_url"].startswith(f"/api/v1/media/{sound}/content?")


def test_who_publishes_a_sound_has_heard_it(desk: Desk, pack: str) -> None:
    sound = keep_media(desk.reviewer, desk.clock())
    _add(desk, pack, "secretary", "DH-01-01", kind=ItemKind.AUDIO, text=None, media=sound)
    assert _publish(desk, pack, "county_officer", "DH-01-01").status == 200
    assert Media.get().moderation == MediaState.PASSED
    Media.update(moderation=MediaState.REFUSED).execute()  # somebody thought better of it
    for part, heard in {"secretary": True, "county_officer": True, "member": False}.items():
        (item,) = desk.api(desk.world.people[part]).get(f"/packs/{pack}").data["items"]
        assert bool(item["audio_url"]) == heard, part


def test_a_sound_that_was_refused_is_not_published(desk: Desk, pack: str) -> None:
    sound = keep_media(desk.reviewer, desk.clock())
    _add(desk, pack, "secretary", "DH-01-01", kind=ItemKind.AUDIO, text=None, media=sound)
    Media.update(moderation=MediaState.REFUSED).execute()
    answer = _publish(desk, pack, "county_officer", "DH-01-01")
    assert (answer.status, answer.code) == (409, "media_refused")


def test_an_item_taken_out_is_gone(desk: Desk, pack: str) -> None:
    _layers(desk, pack)
    item = PackItem.get(PackItem.title == "DH-01-01的文章").public_id
    for part, status in (("member", 403), ("host_secretary", 404), ("secretary", 200), ("secretary", 409)):
        assert desk.api(desk.world.people[part]).post(f"/pack-items/{item}/withdraw").status == status
    assert _titles(desk, pack, "member") == ["DH的文章"]


def _use(desk: Desk, pack: str, part: str = "secretary", **changed: Any) -> Answer:
    items = [item.public_id for item in PackItem.select().order_by(PackItem.id)]
    body = {"organization": "DH-01-01", "items": items, "used_on": "2026-11-23", **changed}
    return desk.api(desk.world.people[part]).post(f"/packs/{pack}/uses", body)


def _meeting(desk: Desk, organization: str) -> str:
    starts = desk.clock()
    activity = Activity.create(
        public_id=f"meeting-of-{organization}"[:20],
        organization=desk.world.organizations[organization],
        kind="party_day",
        title="主题党日",
        starts_at=starts,
        ends_at=starts + timedelta(hours=2),
        held_on=date(2026, 11, 23),
        **_rest_of_an_activity(desk),
    )
    return str(activity.public_id)


def _rest_of_an_activity(desk: Desk) -> dict[str, Any]:
    known = {"id", "public_id", "organization", "kind", "title", "starts_at", "ends_at", "held_on"}
    rest: dict[str, Any] = {}
    for field in Activity._meta.sorted_fields:
        if field.name in known or field.null or field.default is not None:
            continue
        blank: dict[str, Any] = {"CharField": "", "JsonField": [], "BooleanField": False, "DecimalField": 2}
        by_kind = {"UtcDateTimeField": desk.clock(), "ForeignKeyField": desk.reviewer.account, **blank}
        rest[field.name] = by_kind.get(type(field).__name__, 0)
    return rest


def test_a_branch_studies_in_its_meeting_and_the_report_says_so(desk: Desk, pack: str) -> None:
    _layers(desk, pack)
    meeting = _meeting(desk, "branch")
    assert [_use(desk, pack, activity=meeting).status for _ in range(2)] == [200, 200]
    assert (PackUse.select().count(), PackReceipt.select().count()) == (2, 1)
    officer = desk.api(desk.world.people["county_officer"])
    rows = officer.get(f"/packs/{pack}/report", organization="DH").data["items"]
    shown = {row["organization"]["code"]: (row["items_used"], row["meetings"], row["received_at"]) for row in rows}
    assert shown["DH-01-01"][:2] == (2, 1)
    assert shown["DH-01-01"][2] is not None
    assert shown["NS-01"] == (0, 0, None)


def test_taking_notice_twice_is_quiet(desk: Desk, pack: str) -> None:
    client = desk.api(desk.reviewer)
    statuses = [client.post(f"/packs/{pack}/receipts", {"organization": "DH-01-01"}).status for _ in range(2)]
    assert statuses == [200, 200]
    assert PackReceipt.select().count() == 1


def test_a_secretary_sees_whether_the_branch_has_the_pack(desk: Desk, pack: str) -> None:
    _layers(desk, pack)
    client = desk.api(desk.world.people["secretary"])

    def receipts(part: str = "secretary") -> list[tuple[str, bool]]:
        shown = desk.api(desk.world.people[part]).get(f"/packs/{pack}").data["receipts"]
        return [(one["organization"]["code"], one["received_at"] is not None) for one in shown]

    assert receipts() == [("DH-01-01", False)]
    client.post(f"/packs/{pack}/receipts", {"organization": "DH-01-01"})
    assert receipts() == [("DH-01-01", True)]
    assert receipts("member") == []


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"used_on": "2026-11-24"}, "used_on"),
        ({"items": ["nothing"]}, "items"),
        ({"items": []}, "items"),
        ({"activity": "nothing"}, "activity"),
    ],
)
def test_a_bad_report_of_use_is_refused(desk: Desk, pack: str, changed: dict[str, Any], field: str) -> None:
    _layers(desk, pack)
    answer = _use(desk, pack, **changed)
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, field)
    assert PackUse.select().count() == 0


def test_the_meeting_of_another_branch_is_not_ones_own(desk: Desk, pack: str) -> None:
    _layers(desk, pack)
    assert _use(desk, pack, activity=_meeting(desk, "host_branch")).status == 422


@pytest.mark.parametrize(("part", "status"), [("member", 403), ("county_officer", 403), ("host_secretary", 404)])
def test_who_may_not_report_for_the_branch(desk: Desk, pack: str, part: str, status: int) -> None:
    _layers(desk, pack)
    assert _use(desk, pack, part).status == status
    assert (
        desk.api(desk.world.people[part]).post(f"/packs/{pack}/receipts", {"organization": "DH-01-01"}).status == status
    )


@pytest.mark.parametrize(
    ("part", "status"), [("secretary", 200), ("county_officer", 200), ("member", 403), ("host_secretary", 404)]
)
def test_who_sees_the_report(desk: Desk, pack: str, part: str, status: int) -> None:
    client = desk.api(desk.world.people[part])
    assert client.get(f"/packs/{pack}/report", organization="DH-01-01").status == status


def _draft(desk: Desk, pack: str) -> tuple[str, dict[str, Any]]:
    """A draft of the county and what it is sent as when it is said anew."""
    (item,) = _add(desk, pack, "county_officer", "DH").data["items"]
    content = {"category": "policy", "kind": "film", "title": "一部短片", "source": "省电教中心"}
    return item["id"], {**content, "url": "https://films.example/1"}


def test_a_draft_is_said_anew_by_its_author(desk: Desk, pack: str) -> None:
    item, body = _draft(desk, pack)
    answer = desk.api(desk.world.people["county_officer"]).post(f"/pack-items/{item}/revise", body)
    assert answer.status == 200, answer.body
    (shown,) = answer.data["items"]
    assert (shown["id"], shown["kind"], shown["text"], shown["url"]) == (item, "film", None, body["url"])
    assert (shown["title"], shown["category"]) == ("一部短片", "policy")


@pytest.mark.parametrize("changed", [{"published_at": True}, {"withdrawn_at": True}])
def test_what_is_out_or_withdrawn_stays_as_it_is(desk: Desk, pack: str, changed: dict[str, Any]) -> None:
    item, body = _draft(desk, pack)
    PackItem.update({name: desk.clock() for name in changed}).execute()
    answer = desk.api(desk.world.people["county_officer"]).post(f"/pack-items/{item}/revise", body)
    assert (answer.status, answer.code) == (409, "already_published")
    assert PackItem.get().title == "DH的文章"


def test_nobody_else_says_it_anew(desk: Desk, pack: str) -> None:
    item, body = _draft(desk, pack)
    for part, status in (("member", 404), ("secretary", 404), ("host_secretary", 404)):
        assert desk.api(desk.world.people[part]).post(f"/pack-items/{item}/revise", body).status == status


@pytest.mark.parametrize("changed", [{"url": None}, {"kind": "article"}, {"title": ""}, {"organization": "DH"}])
def test_a_draft_said_badly_is_refused(desk: Desk, pack: str, changed: dict[str, Any]) -> None:
    item, body = _draft(desk, pack)
    answer = desk.api(desk.world.people["county_officer"]).post(f"/pack-items/{item}/revise", {**body, **changed})
    assert answer.status == 422
