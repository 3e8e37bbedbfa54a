"""The dispatch board over HTTP: phone entry, the drawer, each form, and two secretaries on one order."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from backend.core.crypto import opened
from backend.people.models import OrganizationPost, Role
from backend.service.models import ServiceOrder
from tests.cast import SINCE, Person
from tests.conftest import Api, FakeClock
from tests.desk.conftest import Seat, text_of
from tests.service.conftest import LAMP, Desk

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
