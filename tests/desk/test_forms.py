"""The forms of members, branch life and lessons: each does what its service does, and refuses as it refuses."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backend.branch_life.activities.models import Activity, CheckIn, LeaveRequest
from backend.branch_life.minutes.models import Minutes
from backend.demo.lessons import MEDIA
from backend.learning.lessons.models import Lesson
from backend.membership.claims.models import MembershipClaim
from backend.people.login import bind_phone
from backend.people.models import Member, OrganizationPost, Role
from tests.branch_life.makers import planned
from tests.cast import SINCE, Person, World
from tests.conftest import Api, FakeClock
from tests.desk.conftest import Seat, text_of
from tests.membership.test_claims import CLAIM, IDENTITY, PHONE, enlist
from tests.people.roster.files import HEADER, csv_text, person

Sit = Callable[[Person | None], Seat]
Calls = Callable[[Any], Api]


@pytest.fixture
def sun(sit: Sit, world: World) -> Seat:
    """The secretary's seat."""
    return sit(world.secretary)


# ---------------------------------------------------------------- members


def hand_in(seat: Seat, way: str, *rows: list[str], organization: str = "DH-01-01") -> Any:
    """A roster file by the form."""
    file = (io.BytesIO(csv_text([HEADER, *rows]).encode()), "名册.csv")
    form = {"organization": organization, "way": way, "file": file}
    return seat.post("/members/import", form, content_type="multipart/form-data")


def test_a_roster_is_tried_out_and_then_taken_in(sun: Seat, world: World) -> None:
    before = Member.select().count()
    assert "检查通过" in text_of(hand_in(sun, "check", person(1), person(2)))
    assert Member.select().count() == before
    assert "新增 2" in text_of(hand_in(sun, "apply", person(1), person(2)))
    assert Member.select().count() == before + 2
    assert person(1)[0] in text_of(sun.get("/members"))


def test_a_faulty_roster_names_row_column_and_reason_and_takes_in_nothing(sun: Seat, world: World) -> None:
    before = Member.select().count()
    shown = text_of(hand_in(sun, "check", person(1), person(2, 公民身份号码="123")))
    assert "有 1 处要改" in shown
    assert "公民身份号码" in shown
    refused = hand_in(sun, "apply", person(1), person(2, 公民身份号码="123"))
    assert (refused.status_code, refused.get_json()["code"]) == (422, "roster_faulty")
    assert Member.select().count() == before


def test_a_roster_of_another_branch_and_no_file_are_refused(sun: Seat, world: World) -> None:
    assert hand_in(sun, "apply", person(1), organization="NS-01").status_code == 404
    assert sun.post("/members/import", {"organization": "DH-01-01"}).get_json()["errors"][0]["field"] == "file"


def test_a_claim_is_shown_with_what_fits_and_approved(sun: Seat, world: World, api: Calls) -> None:
    bind_phone(world.resident.account.id, PHONE)
    member = enlist(world, "罗小川", IDENTITY, PHONE)
    claim = api(world.resident).post("/me/membership-claims", CLAIM).data["id"]
    shown = text_of(sun.get("/members/claims"))
    assert "与名册相符" in shown
    assert PHONE not in shown
    assert sun.post(f"/members/claims/{claim}/approve", {"member": member.public_id}).status_code == 204
    assert Member.get_by_id(member.id).account_id == world.resident.account.id
    assert sun.post(f"/members/claims/{claim}/deny").status_code == 409
    assert sun.post(f"/members/claims/{claim}/burn").status_code == 404
    assert MembershipClaim.get().state == "approved"


def test_members_are_found_by_initials(sun: Seat, world: World) -> None:
    Member.update(name_initials="qxm").where(Member.id == world.member.member.id).execute()
    shown = text_of(sun.get("/members?q=qxm"))
    assert "钱晓梅" in shown
    assert "冯磊" not in shown


def test_a_post_is_given_and_taken_by_form(sit: Sit, sun: Seat, world: World) -> None:
    form = {"organization": "DH-01-01", "role": "dispatcher", "member": world.member.member.public_id}
    assert sun.post("/members/posts", form).status_code == 204
    post = OrganizationPost.get(OrganizationPost.role == Role.DISPATCHER)
    assert post.account_id == world.member.account.id
    assert "派单员" in text_of(sun.get("/members/posts"))
    assert sit(world.member).post("/members/posts", {**form, "role": "secretary"}).status_code in {403, 404}
    assert sun.post("/members/posts", {**form, "organization": "NS-01"}).status_code == 404


def test_a_stay_away_is_worked_by_its_forms(sun: Seat, world: World, api: Calls) -> None:
    stay = {"reason": "务工", "destination": "广东深圳", "leaves_on": "2026-11-25"}
    flow = api(world.member).post("/floating-records", stay).data["id"]
    assert "广东深圳" in text_of(sun.get("/members/away"))
    assert "登记" in text_of(sun.get(f"/members/away/{flow}"))
    done = sun.post(f"/members/away/{flow}/register", {"contact": world.second_member.member.public_id})
    assert done.status_code == 204
    assert "已流出" in text_of(sun.get(f"/members/away/{flow}"))
    assert sun.post(f"/members/away/{flow}/vanish").status_code == 404


# ---------------------------------------------------------------- branch life

PLAN = {
    "organization": "DH-01-01",
    "kind": "party_day",
    "title": "主题党日",
    "starts_at": "2026-11-27T19:00",
    "minutes": "90",
    "place": "会议室",
    "methods": ["code", "roll_call"],
}


def test_an_activity_is_planned_in_local_time_and_stands_in_the_month(sun: Seat, world: World) -> None:
    answer = sun.post("/activities/new", PLAN)
    activity = Activity.get()
    assert answer.headers["HX-Redirect"] == f"/desk/activities/{activity.public_id}"
    assert activity.starts_at.isoformat() == "2026-11-27T11:00:00+00:00"
    assert (activity.ends_at - activity.starts_at).total_seconds() == 90 * 60
    assert "19:00 主题党日" in text_of(sun.get("/activities?month=2026-11"))
    assert "主题党日" not in text_of(sun.get("/activities?month=2027-02"))


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"starts_at": "soon"}, "starts_at"),
        ({"minutes": "long"}, "minutes"),
        ({"minutes": "0"}, "minutes"),
        ({"kind": "party"}, "kind"),
        ({"methods": []}, "check_in"),
        ({"place": ""}, "place"),
    ],
)
def test_a_faulty_plan_names_its_field(sun: Seat, world: World, changed: dict[str, Any], field: str) -> None:
    answer = sun.post("/activities/new", {**PLAN, **changed})
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["field"].startswith(field)
    assert Activity.select().count() == 0


def test_the_roll_leaves_and_minutes_are_kept_by_form(sun: Seat, world: World, api: Calls, clock: FakeClock) -> None:
    activity = planned(api, world)
    leave = api(world.second_member).post(f"/activities/{activity}/leaves", {"reason": "出差"}).data["id"]
    assert "出差" in text_of(sun.get(f"/activities/{activity}"))
    assert sun.post(f"/activities/{activity}/leaves/{leave}/approve").status_code == 204
    assert LeaveRequest.get().state == "approved"
    for _ in range(2):  # a desk that nobody touches for half an hour is closed
        clock.advance(minutes=20)
        sun.get("/")
    tick = {"member": world.member.member.public_id, "status": "late"}
    assert sun.post(f"/activities/{activity}/roll", tick).status_code == 204
    entry = CheckIn.get()
    assert entry.status == "late"
    form = {"text": "学习了条例。", "decision-0": "下月走访", "yes-0": "1", "no-0": "0", "abstain-0": "0"}
    assert sun.post(f"/activities/{activity}/minutes", form).status_code == 204
    assert Minutes.select().count() == 1
    assert "下月走访" in text_of(sun.get(f"/activities/{activity}"))
    struck = sun.post(f"/activities/{activity}/check-ins/{entry.public_id}/void", prompt="误点")
    assert struck.status_code == 204
    assert sun.post(f"/activities/{activity}/leaves/{leave}/forget").status_code == 404


def test_an_activity_is_cancelled_with_a_reason(sun: Seat, world: World, api: Calls) -> None:
    activity = planned(api, world)
    assert sun.post(f"/activities/{activity}/cancel").status_code == 422
    assert sun.post(f"/activities/{activity}/cancel", {"reason": "大雨"}).status_code == 204
    assert "大雨" in text_of(sun.get(f"/activities/{activity}"))
    assert sun.get(f"/activities/{activity}/code").status_code == 409


def test_an_activity_of_another_branch_is_not_there(sit: Sit, world: World, api: Calls) -> None:
    activity, seat = planned(api, world), sit(world.host_secretary)
    for path in ("", "/code"):
        assert seat.get(f"/activities/{activity}{path}").status_code == 404
    for path in ("cancel", "roll", "minutes"):
        form = {"reason": "x", "text": "x", "member": world.member.member.public_id}
        assert seat.post(f"/activities/{activity}/{path}", form).status_code == 404


# ---------------------------------------------------------------- lessons


def lesson_form() -> dict[str, Any]:
    """A lesson with its sound, as the editor sends it."""
    sound = next(file for file in sorted(Path(MEDIA).iterdir()) if file.suffix in {".mp3", ".m4a", ".ogg"})
    return {
        "organization": "DH-01-01",
        "title": "把小事办到门口",
        "lecturer": "孙立新",
        "source": "支部",
        "text": "讲稿",
        "publish_on": "2026-11-29",
        "audio": (io.BytesIO(sound.read_bytes()), sound.name),
    }


def test_a_lesson_goes_from_draft_to_its_sunday_by_form(sit: Sit, world: World) -> None:
    OrganizationPost.create(
        organization=world.branch, account=world.member.account, role=Role.PUBLICITY_MEMBER, starts_on=SINCE
    )
    author, reviewer = sit(world.member), sit(world.secretary)
    made = author.post("/lessons/new", lesson_form(), content_type="multipart/form-data")
    assert made.status_code == 204, made.get_json()
    lesson = Lesson.get().public_id
    assert "把小事办到门口" in text_of(author.get("/lessons?state=draft"))
    again = {**lesson_form(), "title": "新题目"}
    again.pop("audio")
    again.pop("organization")
    assert author.post(f"/lessons/{lesson}/revise", again, content_type="multipart/form-data").status_code == 204
    assert author.post(f"/lessons/{lesson}/submit").status_code == 204
    assert author.post(f"/lessons/{lesson}/approve").status_code == 403
    assert reviewer.post(f"/lessons/{lesson}/return").status_code == 422
    assert reviewer.post(f"/lessons/{lesson}/approve", {"note": "好"}).status_code == 204
    assert reviewer.post(f"/lessons/{lesson}/schedule", {"publish_on": "2026-11-29"}).status_code == 204
    assert "新题目" in text_of(reviewer.get("/lessons"))
    assert (Lesson.get().state, Lesson.get().version) == ("scheduled", 2)
    assert sit(world.host_secretary).get(f"/lessons/{lesson}").status_code == 404
    assert reviewer.post(f"/lessons/{lesson}/sing").status_code == 404


def test_a_lesson_without_a_sound_is_refused(sun: Seat, world: World) -> None:
    form = lesson_form()
    form.pop("audio")
    answer = sun.post("/lessons/new", form, content_type="multipart/form-data")
    assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (422, "audio")


# ---------------------------------------------------------------- operation


def test_operation_shows_queues_and_dead_letters(sit: Sit, world: World, api: Calls) -> None:
    planned(api, world)
    shown = text_of(sit(world.county_officer).get("/operation"))
    assert "待分发的事件 1" in shown
    assert "没有发不出去的消息" in shown


def test_an_auditor_searches_the_audit_log_and_a_secretary_does_not(sit: Sit, world: World, api: Calls) -> None:
    OrganizationPost.create(organization=world.county, account=world.member.account, role=Role.AUDITOR, starts_on=SINCE)
    api(world.secretary).get(f"/organizations/{world.branch.code}/members.xlsx")
    shown = text_of(sit(world.member).get("/operation/audit"))
    assert "孙立新" in shown
    assert sit(world.secretary).get("/operation/audit").status_code == 404


# ---------------------------------------------------------------- what others ask


def test_what_others_ask_waits_on_today_and_is_decided(sit: Sit, sun: Seat, world: World, api: Calls) -> None:
    zhou = sit(world.host_secretary)
    ask = {"member": world.member.member.public_id, "receiver": "NS-01", "reason": "调动工作"}
    transfer = api(world.secretary).post("/organizations/DH-01-01/transfers", ask).data["id"]
    wish = {"field": "name", "value": "钱小梅", "reason": "名册写错了"}
    correction = api(world.second_member).post("/me/correction-requests", wish).data["id"]
    assert "组织关系转入 1" in text_of(zhou.get("/"))
    assert "名册更正 1" in text_of(sun.get("/"))
    assert "调动工作" in text_of(zhou.get("/members/requests"))
    path = f"/members/requests/transfer/{transfer}"
    assert sun.post(f"{path}/accept").status_code in {403, 404}
    assert zhou.post(f"{path}/decline").status_code == 422
    assert zhou.post(f"{path}/decline", {"reason": "并非本地区党员"}).status_code == 204
    assert "调动工作" not in text_of(zhou.get("/members/requests"))
    assert zhou.post(f"/members/requests/correction/{correction}/approve").status_code == 404
    assert sun.post(f"/members/requests/correction/{correction}/approve", {"note": "已核对"}).status_code == 204
    assert Member.get_by_id(world.second_member.member.id).name == "钱小梅"
    assert sun.post(f"/members/requests/transfer/{transfer}/burn").status_code == 404


def test_a_member_who_wants_to_leave_waits_on_today(sun: Seat, world: World, api: Calls) -> None:
    stay = {"reason": "务工", "destination": "广东深圳", "leaves_on": "2026-11-25"}
    api(world.member).post("/floating-records", stay)
    shown = text_of(sun.get("/"))
    assert "拟外出，等支部登记 1" in shown
    assert "钱晓梅" not in shown


def test_an_order_is_found_by_its_number(sun: Seat, world: World) -> None:
    assert sun.get("/orders/find?number= 261123-000001 ").location == "/desk/orders/261123-000001"
    assert sun.get("/orders/261123-000001").status_code == 404
    assert sun.get("/orders/find").location == "/desk/orders/-"
