"""The pages about branch life beyond the single activity: fixed days, models, minutes with all that hangs on them."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest

from backend.branch_life.activities.models import MakeUpRequest
from backend.branch_life.minutes.models import FollowUpTask, Minutes
from backend.branch_life.schedules.models import ActivitySchedule
from backend.branch_life.templates.models import ActivityTemplate
from backend.core.database import in_unit_of_work
from backend.learning.packs.categories import seed_categories
from backend.learning.packs.models import ContentPack, PackItem
from backend.people.models import OrganizationPost, Role
from tests.branch_life.makers import planned
from tests.cast import SINCE, Person, World
from tests.conftest import Api, FakeClock
from tests.desk.conftest import Seat, text_of
from tests.media.conftest import picture
from tests.media.test_documents import office, pdf

Sit = Callable[[Person | None], Seat]
Calls = Callable[[Any], Api]
RULE = {
    "organization": "DH-01-01",
    "kind": "party_day",
    "title": "主题党日",
    "place": "会议室",
    "by": "day",
    "day": "6",
    "nth": "",
    "weekday": "",
    "starts": "14:30",
    "minutes": "90",
    "shift": "later",
}
MODEL = {
    "organization": "DH-01-01",
    "kind": "party_day",
    "form": "reading",
    "title": "重温入党志愿",
    "agenda": "一、诵读\n二、交流",
    "minutes": "60",
}


@pytest.fixture
def sun(sit: Sit, world: World) -> Seat:
    """The secretary's seat."""
    return sit(world.secretary)


# ---------------------------------------------------------------- fixed days


def test_a_rule_is_previewed_before_it_is_kept(sun: Seat, world: World) -> None:
    shown = text_of(sun.post("/activities/schedules/preview", RULE))
    assert "12月7日 周一 14:30 12月6日 周日不上班，挪到这天" in shown
    assert shown.count("14:30") == 5
    assert ActivitySchedule.select().count() == 0
    by_weekday = {**RULE, "by": "weekday", "nth": "1", "weekday": "5"}
    assert "12月4日 周五 14:30" in text_of(sun.post("/activities/schedules/preview", by_weekday))


def test_a_fixed_day_is_kept_skipped_once_and_ended(sun: Seat, sit: Sit, world: World) -> None:
    assert sun.post("/activities/schedules", RULE).status_code == 204
    schedule = ActivitySchedule.get()
    assert (schedule.day, schedule.nth, schedule.starts_at_minute) == (6, None, 14 * 60 + 30)
    path = f"/activities/schedules/{schedule.public_id}"
    assert sun.post(f"{path}/skip", {"month": "2026-12"}).status_code == 422
    assert sun.post(f"{path}/skip", {"month": "2026-12", "reason": "全员外出"}).status_code == 204
    assert "跳过 全员外出" in text_of(sun.get("/activities/schedules"))
    assert sit(world.host_secretary).post(f"{path}/end").status_code == 404
    assert sun.post(f"{path}/end").status_code == 204
    assert "已停止" in text_of(sun.get("/activities/schedules"))


@pytest.mark.parametrize("changed", [{"day": ""}, {"starts": "25:00"}, {"minutes": "1"}, {"by": "weekday", "nth": "2"}])
def test_a_faulty_rule_is_neither_previewed_nor_kept(sun: Seat, world: World, changed: dict[str, str]) -> None:
    assert sun.post("/activities/schedules/preview", {**RULE, **changed}).status_code == 422
    assert sun.post("/activities/schedules", {**RULE, **changed}).status_code == 422
    assert ActivitySchedule.select().count() == 0


def test_days_of_another_branch_are_not_fixed(sit: Sit, world: World) -> None:
    seat = sit(world.host_secretary)
    for path in ("/activities/schedules", "/activities/schedules/preview", "/activities/models"):
        assert seat.post(path, {**RULE, **MODEL}).status_code in {404, 422}, path
    assert seat.get("/activities/schedules?organization=DH-01-01").status_code == 404


# ---------------------------------------------------------------- models


def test_a_model_is_written_copied_and_withdrawn(sun: Seat, sit: Sit, world: World) -> None:
    assert sun.post("/activities/models", MODEL).status_code == 204
    model = ActivityTemplate.get().public_id
    assert "重温入党志愿" in text_of(sun.get("/activities/models"))
    assert re.search(f'value="{model}" selected', sun.get(f"/activities/new?model={model}").text)
    assert "重温入党志愿" not in text_of(sit(world.host_secretary).get("/activities/models"))
    assert sit(world.host_secretary).post(f"/activities/models/{model}/withdraw").status_code == 404
    assert sun.post(f"/activities/models/{model}/withdraw").status_code == 204
    assert "重温入党志愿" not in text_of(sun.get("/activities/models"))


# ---------------------------------------------------------------- minutes


@pytest.fixture
def meeting(sun: Seat, world: World, api: Calls, clock: FakeClock) -> str:
    """A meeting that has begun."""
    activity = planned(api, world)
    for _ in range(2):  # a desk that nobody touches for half an hour is closed
        clock.advance(minutes=20)
        sun.get("/")
    return activity


def test_rewriting_minutes_loses_no_task_and_no_picture(sun: Seat, world: World, meeting: str) -> None:
    form: dict[str, Any] = {
        "text": "学习了条例。",
        "decision-0": "下月走访",
        "task_text-0": "列名单",
        "task_member-0": world.member.member.public_id,
        "task_due_on-0": "2026-12-10",
        "pictures": (io.BytesIO(picture()), "会场.jpg"),
    }
    path = f"/activities/{meeting}/minutes"
    assert sun.post(path, form, content_type="multipart/form-data").status_code == 204
    page = sun.get(f"/activities/{meeting}").text
    kept = re.search(r'name="kept_picture" value="(\w+)"', page)
    assert kept
    assert "列名单" in page
    again = {"text": "学习了条例，并讨论。", "decision-0": "下月走访", "kept_picture": kept[1]}
    assert sun.post(path, again).status_code == 204
    page = sun.get(f"/activities/{meeting}").text
    assert 'name="kept_picture"' in page
    assert "列名单" in page
    assert Minutes.select().count() == 2
    task = re.search(r'name="struck_task" value="(\w+)"', page)
    assert task
    struck = {"text": "只留文字", "decision-0": "下月走访", "struck_task": task[1]}
    assert sun.post(path, struck).status_code == 204
    page = sun.get(f"/activities/{meeting}").text
    assert "kept_picture" not in page
    assert "列名单" not in page


def test_half_a_task_is_refused_and_nothing_is_written(sun: Seat, world: World, meeting: str) -> None:
    form = {"text": "记录", "decision-0": "走访", "task_text-0": "列名单"}
    assert sun.post(f"/activities/{meeting}/minutes", form).status_code == 422
    assert (Minutes.select().count(), FollowUpTask.select().count()) == (0, 0)


def test_more_decisions_than_lines_are_all_kept(sun: Seat, world: World, api: Calls, meeting: str) -> None:
    five = [{"text": f"决议{number}"} for number in range(5)]
    written = api(world.secretary).post(f"/activities/{meeting}/minutes", {"text": "记录", "decisions": five})
    assert written.status == 201
    page = sun.get(f"/activities/{meeting}").text
    assert 'name="decision-5"' in page
    form = {"text": "记录", **{f"decision-{number}": f"决议{number}" for number in range(5)}}
    assert sun.post(f"/activities/{meeting}/minutes", form).status_code == 204
    assert "决议4" in text_of(sun.get(f"/activities/{meeting}"))


def test_an_entry_afterwards_is_decided_at_the_desk(
    sit: Sit, world: World, api: Calls, clock: FakeClock, meeting: str
) -> None:
    clock.advance(hours=2)
    seat = sit(world.secretary)
    asked = api(world.member).post(f"/activities/{meeting}/make-ups", {"reason": "手机没电"})
    assert asked.status == 201, asked.body
    path = f"/activities/{meeting}/make-ups/{MakeUpRequest.get().public_id}"
    assert "手机没电" in text_of(seat.get(f"/activities/{meeting}"))
    assert "请假和补签 1" in text_of(seat.get("/"))
    assert seat.post(f"{path}/approve").status_code == 204
    assert seat.post(f"{path}/deny").status_code == 409
    assert "请假和补签" not in text_of(seat.get("/"))


# ---------------------------------------------------------------- documents, material


def test_documents_are_named_kept_and_taken_off_at_the_desk(sun: Seat, sit: Sit, world: World, meeting: str) -> None:
    path = f"/activities/{meeting}/minutes"
    sent = [(io.BytesIO(pdf()), "会议材料.pdf"), (io.BytesIO(office("xlsx")), "签到表.xlsx")]
    form = {"text": "学习了条例。", "documents": sent}
    assert sun.post(path, form, content_type="multipart/form-data").status_code == 204
    page = sun.get(f"/activities/{meeting}").text
    kept = re.findall(r'name="kept_document" value="(\w+)"[^>]*><span>保留附件 ([^<]+)<', page)
    assert [name for _, name in kept] == ["会议材料.pdf", "签到表.xlsx"]
    again = {"text": "学习了条例，并讨论。", "kept_document": kept[1][0]}
    assert sun.post(path, again).status_code == 204
    page = sun.get(f"/activities/{meeting}").text
    assert "签到表.xlsx" in page
    assert "会议材料.pdf" not in page
    assert sit(world.host_secretary).post(path, again).status_code in {403, 404}


def test_a_file_that_is_no_document_is_refused_and_the_minutes_stay(sun: Seat, world: World, meeting: str) -> None:
    path = f"/activities/{meeting}/minutes"
    bad = {"text": "记录", "documents": (io.BytesIO(b"MZ not a document"), "会议材料.pdf")}
    assert sun.post(path, bad, content_type="multipart/form-data").status_code in {415, 422}
    assert Minutes.select().count() == 0
    picture_as_document = {"text": "记录", "documents": (io.BytesIO(picture()), "会场.pdf")}
    assert sun.post(path, picture_as_document, content_type="multipart/form-data").status_code == 422
    assert Minutes.select().count() == 0


def test_material_is_picked_from_the_pack_of_the_month(
    sun: Seat, sit: Sit, world: World, api: Calls, clock: FakeClock
) -> None:
    in_unit_of_work(seed_categories)
    officer = sit(world.county_officer)
    OrganizationPost.create(
        organization=world.county, account=world.neighbour.account, role=Role.COUNTY_OFFICER, starts_on=SINCE
    )
    officer.post("/packs", {"organization": "DH", "month": "2026-11", "title": "十一月学习"})
    pack = ContentPack.get().public_id
    article = {"organization": "DH", "category": "theory", "kind": "article", "source": "县委党校", "text": "正文"}
    for title in ("文章一", "文章二"):
        assert officer.post(f"/packs/{pack}/items", {**article, "title": title}).status_code == 204
    assert sit(world.neighbour).post(f"/packs/{pack}/publish", {"organization": "DH"}).status_code == 204
    activity = planned(api, world)
    path = f"/activities/{activity}"
    offered = sun.get(path).text
    assert "从本月学习资料包里选" in offered
    ids = {one.title: one.public_id for one in PackItem.select()}
    assert sun.post(f"{path}/materials", {"items": [ids["文章二"]]}).status_code == 204
    page = sun.get(path).text
    assert re.search(f'value="{ids["文章二"]}" checked', page)
    assert re.search(f'value="{ids["文章一"]}">', page)
    assert "<li>文章二" in page
    assert "<li>文章一" not in page
    assert sun.post(f"{path}/materials", {"items": ["nothing"]}).status_code == 422
    assert sit(world.host_secretary).post(f"{path}/materials", {"items": []}).status_code in {403, 404}
    assert "<li>文章二" in sun.get(path).text
    assert sun.post(f"{path}/materials", {}).status_code == 204
    assert "<li>文章二" not in sun.get(path).text


# ---------------------------------------------------------------- joint events, dues


def test_a_joint_event_is_offered_and_answered_at_both_desks(
    sun: Seat, sit: Sit, world: World, api: Calls, clock: FakeClock
) -> None:
    activity = planned(api, world, title="两地同上一堂课")
    path, host = f"/activities/{activity}", sit(world.host_secretary)
    assert "邀请其他党组织" in text_of(sun.get(path))
    assert sun.post(f"{path}/partners", {"organization": "nowhere"}).status_code in {404, 422}
    assert sun.post(f"{path}/partners").status_code == 422
    assert sun.post(f"{path}/partners", {"organization": "NS-01"}).status_code == 204
    assert f"{world.host_branch.name} 待答复" in text_of(sun.get(path))
    answer = f"{path}/partners/NS-01/accept"
    assert answer not in sun.get(path).text
    assert sun.post(answer).status_code == 404
    assert "联合活动的邀请 1" in text_of(host.get("/"))
    assert "两地同上一堂课" in text_of(host.get("/activities"))
    assert answer in host.get(path).text
    assert "邀请其他党组织" not in text_of(host.get(path))
    assert host.post(f"{path}/partners/NS-01/perhaps").status_code == 404
    assert host.post(answer).status_code == 204
    assert host.post(f"{path}/partners/NS-01/decline").status_code == 409
    assert f"{world.host_branch.name} 同意参加" in text_of(sun.get(path))
    assert "联合活动的邀请" not in text_of(host.get("/")) + text_of(host.get("/activities"))


def test_once_it_has_begun_nobody_is_asked_or_answers(
    sun: Seat, sit: Sit, world: World, api: Calls, clock: FakeClock
) -> None:
    activity = planned(api, world)
    path, host = f"/activities/{activity}", sit(world.host_secretary)
    sun.post(f"{path}/partners", {"organization": "NS-01"})
    for _ in range(2):  # a desk that nobody touches for half an hour is closed
        clock.advance(minutes=20)
        assert sun.get("/").status_code == host.get("/").status_code == 200
    assert "邀请其他党组织" not in text_of(sun.get(path))
    assert f"{path}/partners/NS-01/accept" not in host.get(path).text
    assert host.post(f"{path}/partners/NS-01/accept").status_code == 409


def test_whose_dues_are_open_is_told_to_who_keeps_the_record(sun: Seat, sit: Sit, world: World, api: Calls) -> None:
    name = world.member.member.name
    shown = text_of(sun.get("/duties")).partition("党费还没登记的")[2]
    assert name in shown
    paid = {"member": world.member.member.public_id, "months": ["2026-11"], "amount": "20", "paid_on": "2026-11-20"}
    answer = api(world.secretary).post("/organizations/DH-01-01/dues", paid)
    assert answer.status == 201, answer.body
    assert name not in text_of(sun.get("/duties")).partition("党费还没登记的")[2]
    assert name in text_of(sun.get("/duties?month=2026-10")).partition("党费还没登记的")[2]
    assert sun.get("/duties?month=soon").status_code == 422
    above = text_of(sit(world.county_officer).get("/duties?organization=DH-01-01"))
    assert "党费还没登记的" not in above
    assert name not in above
