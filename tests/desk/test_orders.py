"""The dispatch board over HTTP: phone entry, the drawer, each form, and two secretaries on one order."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from backend.core import reference
from backend.core.crypto import opened
from backend.core.database import in_unit_of_work
from backend.media.models import Media
from backend.people.models import OrganizationPost, Role
from backend.service.grids.models import Grid
from backend.service.models import ServiceOrder, ServiceType
from backend.service.orders.due import act_on_clocks
from tests.cast import SINCE, Person
from tests.conftest import Api, FakeClock
from tests.desk.conftest import Seat, text_of
from tests.service.conftest import LAMP, Desk
from tests.service.test_order_pictures import uploaded

Sit = Callable[[Person | None], Seat]
Calls = Callable[[Any], Api]
CALL = {
    "name": "王奶奶",
    "phone": "13800001234",
    "service_type": "repair",
    "title": "楼道灯不亮",
    "place": "三号楼二单元",
    "description": "晚上看不见",
}


@pytest.fixture
def order(desk: Desk) -> str:
    """An order that waits to be accepted, its text passed."""
    return desk.submitted()


def test_a_call_becomes_an_order_of_the_branch(sit: Sit, desk: Desk) -> None:
    seat = sit(desk.world.secretary)
    answer = seat.post("/orders/new", CALL)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/desk/orders?box=to-accept")
    row = ServiceOrder.get()
    assert (row.organization_id, opened(row.beneficiary_name), row.beneficiary_relation) == (
        desk.world.branch.id,
        "王奶奶",
        "来电居民",
    )
    assert row.number in text_of(seat.get("/orders?box=to-accept"))


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"phone": "123"}, "phone"),
        ({"title": ""}, "title"),
        ({"place": " "}, "place"),
        ({"service_type": "x"}, "service_type"),
    ],
)
def test_a_faulty_call_names_the_field_and_makes_nothing(
    sit: Sit, desk: Desk, changed: dict[str, str], field: str
) -> None:
    answer = sit(desk.world.secretary).post("/orders/new", {**CALL, **changed})
    assert answer.status_code == 422
    assert field in answer.get_json()["errors"][0]["field"]
    assert ServiceOrder.select().count() == 0


def test_who_does_not_dispatch_takes_no_calls(sit: Sit, desk: Desk) -> None:
    assert sit(desk.world.county_officer).post("/orders/new", CALL).status_code == 404
    assert ServiceOrder.select().count() == 0


def test_the_drawer_shows_the_order_and_only_what_may_be_done(sit: Sit, desk: Desk, order: str) -> None:
    shown = sit(desk.world.secretary).get(f"/orders/{order}", part=True)
    names = re.findall(r'data-action="([a-z-]+)"', shown.get_data(as_text=True))
    offered = desk.api(desk.world.secretary).get(f"/orders/{order}").data["actions"]
    assert sorted(names) == sorted(one["name"] for one in offered)
    assert names[0] == "accept"
    assert "<html" not in shown.get_data(as_text=True)
    assert "<html" in sit(desk.world.secretary).get(f"/orders/{order}").get_data(as_text=True)


def test_an_order_goes_from_call_to_claim_by_the_forms(sit: Sit, desk: Desk, order: str) -> None:
    seat = sit(desk.world.secretary)
    assert seat.post(f"/orders/{order}/accept", {"note": ""}).status_code == 204
    to = {"target": "named", "target_named": f"member:{desk.world.member.member.public_id}", "note": "尽快"}
    answer = seat.post(f"/orders/{order}/dispatch", to)
    assert (answer.status_code, '"order-changed": true' in answer.headers["HX-Trigger"]) == (204, True)
    assert desk.api(desk.world.member).post(f"/orders/{order}/claim").status == 200


def test_an_order_goes_to_the_pool(sit: Sit, desk: Desk, order: str) -> None:
    seat = sit(desk.world.secretary)
    seat.post(f"/orders/{order}/accept")
    assert seat.post(f"/orders/{order}/dispatch", {"target": "pool"}).status_code == 204
    assert ServiceOrder.get().target_kind == "pool"


def test_the_dispatcher_is_shown_a_proposal_with_its_reasons(sit: Sit, desk: Desk, order: str) -> None:
    seat = sit(desk.world.secretary)
    seat.post(f"/orders/{order}/accept")
    proposed = desk.api(desk.world.secretary).get(f"/orders/{order}/proposal").data["candidates"]
    shown = seat.get(f"/orders/{order}", part=True)
    assert 0 < len(proposed) <= 3
    for one in proposed:
        assert one["reasons"][0] in text_of(shown)
        assert f'value="{one["target"]["kind"]}:{one["target"]["id"]}"' in shown.get_data(as_text=True)
    first = proposed[0]["target"]
    assert seat.post(f"/orders/{order}/dispatch", {"target": f"{first['kind']}:{first['id']}"}).status_code == 204


@pytest.mark.parametrize("target", ["", "named", "team", "member:nobody", "pool:x", "everybody"])
def test_a_bad_target_is_refused(sit: Sit, desk: Desk, order: str, target: str) -> None:
    seat = sit(desk.world.secretary)
    seat.post(f"/orders/{order}/accept")
    assert seat.post(f"/orders/{order}/dispatch", {"target": target}).status_code == 422


def test_two_secretaries_on_one_order_the_slower_is_told(sit: Sit, desk: Desk, order: str) -> None:
    OrganizationPost.create(
        organization=desk.world.branch, account=desk.world.member.account, role=Role.DEPUTY_SECRETARY, starts_on=SINCE
    )
    one, other = sit(desk.world.secretary), sit(desk.world.member)
    assert one.post(f"/orders/{order}/accept").status_code == 204
    late = other.post(f"/orders/{order}/refuse", {"reason": "other", "note": "不归我们"})
    assert (late.status_code, ServiceOrder.get().state) == (409, "accepted")
    assert re.search("[一-鿿]", late.get_json()["message"])


def test_a_step_that_is_none_and_a_forged_field_do_nothing(sit: Sit, desk: Desk, order: str) -> None:
    seat = sit(desk.world.secretary)
    assert seat.post(f"/orders/{order}/explode").status_code == 404
    assert seat.post(f"/orders/{order}/accept", {"state": "closed", "organization": "DH"}).status_code == 204
    assert ServiceOrder.get().state == "accepted"


def test_an_order_of_another_branch_is_not_there(sit: Sit, desk: Desk, order: str) -> None:
    seat = sit(desk.world.host_secretary)
    assert seat.get(f"/orders/{order}").status_code == 404
    assert seat.get(f"/orders/{order}/slip").status_code == 404
    assert seat.post(f"/orders/{order}/accept").status_code == 404
    assert order not in text_of(seat.get("/orders?box=all"))


def test_unchanged_rows_are_not_sent_again(sit: Sit, desk: Desk, order: str) -> None:
    seat = sit(desk.world.secretary)
    page = seat.get("/orders?box=to-accept").get_data(as_text=True)
    again = re.search(r'hx-get="/desk(/orders/rows\?[^"]+)"', page)
    assert again
    path = again[1].replace("&amp;", "&")
    assert seat.get(path, part=True).status_code == 204
    seat.post("/orders/new", CALL)
    fresh = seat.get(path, part=True)
    assert fresh.status_code == 200
    assert "楼道灯不亮" in text_of(fresh)


def test_a_slip_has_what_somebody_needs_at_the_door(sit: Sit, desk: Desk) -> None:
    seat = sit(desk.world.secretary)
    seat.post("/orders/new", CALL)
    shown = text_of(seat.get(f"/orders/{ServiceOrder.get().number}/slip"))
    for word in ("王奶奶", "13800001234", "三号楼二单元", "群众签字"):
        assert word in shown


def test_an_officer_sees_kinds_and_no_texts(sit: Sit, desk: Desk, order: str) -> None:
    shown = text_of(sit(desk.world.county_officer).get("/orders?box=all"))
    assert order in shown
    assert LAMP["title"] not in shown


def test_a_text_is_refused_with_a_reason_or_passed(sit: Sit, desk: Desk, clock: FakeClock) -> None:
    seat = sit(desk.world.secretary)
    number = desk.api(desk.world.resident).post("/orders", LAMP).data["number"]
    assert number in seat.get("/moderation").get_data(as_text=True)
    assert seat.post(f"/moderation/{number}/refuse", {"note": "请去掉姓名"}).status_code == 204
    assert ServiceOrder.get().moderation == "refused"
    assert seat.post(f"/moderation/{number}/refuse").status_code == 409
    assert seat.post(f"/moderation/{number}/pass").status_code == 204
    assert ServiceOrder.get().moderation == "passed"
    assert sit(desk.world.host_secretary).post(f"/moderation/{number}/pass").status_code == 404


def test_the_board_and_the_order_say_what_is_late_who_presses_and_who_gave_it_back(sit: Sit, desk: Desk) -> None:
    number = desk.returned()
    desk.clock.advance(days=3)
    act_on_clocks(now=desk.clock())
    seat, name = sit(desk.world.secretary), desk.world.volunteer.account.display_name
    for shown in (seat.get("/orders?box=returned"), seat.get(f"/orders/{number}", part=True)):
        words = text_of(shown)
        assert f"{name}退回：权属不清：归物业管" in words
        assert "一级督办" in words
    assert "派单已超时" in text_of(seat.get("/orders?box=returned")).replace(" ", "")
    above = text_of(sit(desk.world.county_officer).get("/orders?box=returned"))
    assert "承办人退回" in above
    assert (name in above, "归物业管" in above) == (False, False)


# ---------------------------------------------------------------- the board's filters


def test_filters_live_in_the_address_and_are_kept_by_rows_and_queues(sit: Sit, desk: Desk) -> None:
    seat, lamp = sit(desk.world.secretary), desk.submitted()
    other = desk.submitted(service_type="errand", title="代取药")
    shown = seat.get("/orders?box=to-accept&kind=errand&priority=III")
    assert other in shown.text
    assert lamp not in shown.text
    rows = re.search(r'hx-get="/desk/orders/rows\?([^"]+)"', shown.text)
    assert rows
    assert {"kind=errand", "priority=III", "box=to-accept"} <= set(rows[1].split("&amp;"))
    assert "box=to-dispatch&amp;kind=errand&amp;priority=III" in shown.text
    assert lamp not in seat.get("/orders?box=to-accept&overdue=true").text
    desk.must(desk.world.secretary, lamp, "accept", priority="I")
    assert "紧急" in text_of(seat.get("/orders/rows?box=to-dispatch&priority=I", part=True))


def test_only_what_is_late_and_only_one_grid(sit: Sit, desk: Desk, clock: FakeClock) -> None:
    seat, number = sit(desk.world.secretary), desk.submitted()
    grid = Grid.create(
        public_id="grid2222", organization=desk.world.branch, code="1", name="第一网格", created_at=clock()
    )
    assert "第一网格" in seat.get("/orders").text
    assert number not in seat.get("/orders?box=all&grid=grid2222").text
    ServiceOrder.update(grid=grid, due_at=clock()).execute()
    clock.advance(minutes=1)
    assert number in seat.get("/orders?box=all&grid=grid2222&overdue=true").text
    assert number not in seat.get("/orders?box=all&grid=nowhere").text


@pytest.mark.parametrize("query", ["priority=soon", "grid=%3Cscript%3E", "kind=" + "x" * 41, "overdue=perhaps"])
def test_a_filter_that_is_none_is_refused_in_words(sit: Sit, desk: Desk, query: str) -> None:
    assert sit(desk.world.secretary).get(f"/orders?{query}").status_code == 422


# ---------------------------------------------------------------- while talking


def test_one_sentence_is_enough_while_somebody_waits_on_the_line(sit: Sit, desk: Desk) -> None:
    call = {name: text for name, text in CALL.items() if name != "description"}
    assert sit(desk.world.secretary).post("/orders/new", call).status_code == 204
    assert ServiceOrder.get().description == CALL["title"]


def test_the_questions_of_a_kind_are_asked_and_kept_with_the_order(sit: Sit, desk: Desk) -> None:
    kind = ServiceType.get(ServiceType.code == "errand")
    kind.questions = [
        {"code": "times", "label": "一周几次", "type": "number", "required": True},
        {"code": "alone", "label": "是否独居", "type": "flag"},
    ]
    kind.save()
    in_unit_of_work(reference.changed)
    seat = sit(desk.world.secretary)
    asked = seat.get("/orders/new/questions?service_type=errand", part=True).text
    assert "一周几次" in asked
    assert "是否独居" in asked
    assert "一周几次" not in seat.get("/orders/new/questions?service_type=repair", part=True).text
    refused = seat.post("/orders/new", {**CALL, "service_type": "errand"})
    assert (refused.status_code, refused.get_json()["errors"][0]["field"]) == (422, "answers.times")
    refused = seat.post("/orders/new", {**CALL, "service_type": "errand", "answer-times": "often"})
    assert refused.status_code == 422
    good = {**CALL, "service_type": "errand", "answer-times": "2", "answer-alone": "true", "answer-of_another": "x"}
    assert seat.post("/orders/new", good).status_code == 204
    assert "一周几次 2" in text_of(seat.get(f"/orders/{ServiceOrder.get().number}"))


# ---------------------------------------------------------------- two secretaries


def test_whoever_is_slower_reads_what_changed_meanwhile(sit: Sit, desk: Desk, order: str) -> None:
    OrganizationPost.create(
        organization=desk.world.branch, account=desk.world.member.account, role=Role.DEPUTY_SECRETARY, starts_on=SINCE
    )
    one, other = sit(desk.world.secretary), sit(desk.world.member)
    opened_at = re.search(r'name="_seen" value="(\d+)"', other.get(f"/orders/{order}", part=True).text)
    assert opened_at
    assert one.post(f"/orders/{order}/accept", {"note": "马上安排"}).status_code == 204
    late = other.post(f"/orders/{order}/refuse", {"reason": "other", "note": "不归我们", "_seen": opened_at[1]})
    told = late.get_json()
    assert (late.status_code, told["now"]) == (409, "已受理 · 待派单")
    assert len(told["changed"]) == 1
    assert "受理（马上安排）" in told["changed"][0]
    assert "孙立新" not in late.text


def test_what_cannot_be_taken_back_is_asked_twice(sit: Sit, desk: Desk, order: str) -> None:
    shown = sit(desk.world.secretary).get(f"/orders/{order}", part=True).text
    asked = dict(re.findall(r'hx-post="/desk/orders/[\d-]+/([a-z-]+)"([^>]*)>', shown))
    assert {name for name, more in asked.items() if "hx-confirm" in more} == {"refuse", "cancel", "merge"} & set(asked)
    assert "refuse" in asked
    assert "hx-confirm" not in asked["accept"]


# ---------------------------------------------------------------- somebody else calls


def test_who_calls_for_another_owes_him_a_call_by_a_third(sit: Sit, desk: Desk) -> None:
    OrganizationPost.create(
        organization=desk.world.branch, account=desk.world.member.account, role=Role.DEPUTY_SECRETARY, starts_on=SINCE
    )
    seat, deputy = sit(desk.world.secretary), sit(desk.world.member)
    assert seat.post("/orders/new", CALL).status_code == 204
    assert "待电话核实" not in text_of(seat.get("/"))
    assert seat.post("/orders/new", {**CALL, "consent": "child"}).status_code == 204
    number = ServiceOrder.select().order_by(ServiceOrder.id.desc()).get().number
    assert "待核实" in text_of(seat.get("/orders?box=to-call-back"))
    assert "待电话核实本人 1" in text_of(seat.get("/"))
    assert 'data-action="call-back"' not in seat.get(f"/orders/{number}", part=True).text
    shown = deputy.get(f"/orders/{number}", part=True)
    assert "请给本人回个电话" in text_of(shown)
    assert 'data-action="call-back"' in shown.text
    called = {"way": "phone", "reached": "true", "agrees": "true", "note": "是我要的"}
    assert seat.post(f"/orders/{number}/call-back", called).status_code == 403
    assert deputy.post(f"/orders/{number}/call-back", called).status_code == 204
    shown = text_of(seat.get(f"/orders/{number}", part=True))
    assert "请给本人回个电话" not in shown
    assert "本人同意，是我要的" in shown
    assert seat.post("/orders/new", {**CALL, "consent": "nobody"}).status_code == 422


def test_a_picture_is_withheld_with_a_reason_and_shown_again(sit: Sit, desk: Desk) -> None:
    media = uploaded(desk, desk.world.resident)
    number = desk.submitted(attachments=[media])
    Media.update(moderation="passed").execute()
    seat = sit(desk.world.secretary)
    path = f"/orders/{number}/pictures/{media}"
    assert 'alt="居民上传的图片第 1 张"' in seat.get(f"/orders/{number}", part=True).text
    assert seat.post(f"{path}/withhold").status_code == 422
    assert sit(desk.world.host_secretary).post(f"{path}/withhold", prompt="看到人脸").status_code == 404
    assert seat.post(f"{path}/withhold", prompt="看到人脸").status_code == 204
    shown = text_of(seat.get(f"/orders/{number}", part=True))
    assert "不再展示 看到人脸" in shown
    assert desk.api(desk.world.resident).get(f"/orders/{number}").data["pictures"][0]["withheld"] is True
    assert seat.post(f"{path}/show").status_code == 204
    assert "不再展示 看到人脸" not in text_of(seat.get(f"/orders/{number}", part=True))
    assert seat.post(f"{path}/burn").status_code == 404
