"""Dues: the brackets to the cent, months recorded once, and who sees them."""

import threading
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from backend.branch_life.dues.models import DuesRecord
from backend.branch_life.dues.rules import FIXED, RATES, Payer, reckon
from tests.branch_life.makers import Calls, host
from tests.cast import World
from tests.conftest import Api


def record(api: Any, by: Any, of: Any, code: str = "DH-01-01", **changed: Any) -> Any:
    body = {"member": of.member.public_id, "months": ["2026-11"], "amount": "12.50", "paid_on": "2026-11-20"}
    return api(by).post(f"/organizations/{code}/dues", {**body, **changed})


@pytest.mark.parametrize(
    ("payer", "base", "amount"),
    [
        ("salaried", "0", "0.00"),
        ("salaried", "2999.99", "15.00"),
        ("salaried", "3000", "15.00"),
        ("salaried", "3000.01", "30.00"),
        ("salaried", "4999.99", "50.00"),
        ("salaried", "5000", "50.00"),
        ("salaried", "5000.01", "75.00"),
        ("salaried", "9999.99", "150.00"),
        ("salaried", "10000", "150.00"),
        ("salaried", "10000.01", "200.00"),
        ("self_employed", "3000", "15.00"),
        ("self_employed", "3000.01", "30.00"),
        ("self_employed", "5000", "50.00"),
        ("self_employed", "5000.01", "75.00"),
        ("self_employed", "10000", "150.00"),
        ("self_employed", "10000.01", "200.00"),
        ("self_employed", "12345.67", "246.91"),
        ("retired", "0", "0.00"),
        ("retired", "4999.99", "25.00"),
        ("retired", "5000", "25.00"),
        ("retired", "5000.01", "50.00"),
        ("salaried", "1", "0.01"),
    ],
)
def test_the_brackets_are_the_official_ones(api: Calls, world: World, payer: str, base: str, amount: str) -> None:
    answer = api(world.member).get("/dues/calculator", payer=payer, base=base)
    assert answer.status == 200
    assert (answer.data["least"], answer.data["most"]) == (amount, amount)
    assert "2008" in answer.data["source"]


@pytest.mark.parametrize(("payer", "least", "most"), [("farmer", "0.20", "1.00"), ("without_income", "0.20", "0.20")])
def test_fixed_sums_look_at_no_income(api: Calls, world: World, payer: str, least: str, most: str) -> None:
    data = api(world.member).get("/dues/calculator", payer=payer, base="9000").data
    assert (data["least"], data["most"], data["rate"]) == (least, most, None)


def test_every_payer_has_one_rule_and_more_income_never_means_less() -> None:
    assert set(Payer) == set(RATES) | set(FIXED)
    assert not set(RATES) & set(FIXED)
    for payer in Payer:
        sums = [reckon(payer, Decimal(base)).most for base in range(0, 20_000, 250)]
        assert sums == sorted(sums), payer


@pytest.mark.parametrize("query", [{"payer": "x"}, {"payer": "salaried", "base": "-1"}, {"base": "1"}])
def test_what_cannot_be_reckoned_is_refused(api: Calls, world: World, query: dict[str, str]) -> None:
    assert api(world.member).get("/dues/calculator", **query).status == 422


def test_months_are_recorded_and_the_member_sees_them(api: Calls, world: World) -> None:
    answer = record(api, world.secretary, world.member, months=["2026-12", "2026-11"])
    assert answer.status == 201, answer.body
    assert [(row["month"], row["amount"]) for row in answer.data] == [("2026-11", "12.50"), ("2026-12", "12.50")]
    own = api(world.member).get("/me/dues").data["items"]
    assert [row["month"] for row in own] == ["2026-12", "2026-11"]
    assert own[0]["organization"]["code"] == "DH-01-01"
    assert api(world.second_member).get("/me/dues").data["items"] == []
    assert api(world.resident).get("/me/dues").data["items"] == []


def test_a_host_records_for_a_guest_and_a_month_is_paid_once_anywhere(api: Calls, world: World) -> None:
    assert record(api, world.host_secretary, world.member, "NS-01").code == "member_not_found"
    host(world.member, world.host_branch)
    assert record(api, world.host_secretary, world.member, "NS-01").status == 201
    again = record(api, world.secretary, world.member, months=["2026-10", "2026-11"])
    assert (again.status, again.code) == (409, "already_paid")
    assert DuesRecord.select().count() == 1


def test_a_wrong_record_is_struck_out_and_written_again(api: Calls, world: World) -> None:
    wrong = record(api, world.secretary, world.member).data[0]["id"]
    struck = api(world.secretary).post(f"/dues/{wrong}/void", {"reason": "金额有误"})
    assert (struck.data["voided"], struck.data["void_reason"]) == (True, "金额有误")
    assert api(world.secretary).post(f"/dues/{wrong}/void", {"reason": "再次"}).code == "already_voided"
    assert record(api, world.secretary, world.member, amount="15").status == 201
    listed = api(world.secretary).get("/organizations/DH-01-01/dues", month="2026-11").data["items"]
    assert [(row["amount"], row["voided"]) for row in listed] == [("15.00", False), ("12.50", True)]


def test_two_records_of_a_month_at_once_are_one(app: Flask, world: World) -> None:
    gate, statuses = threading.Barrier(4), []

    def pay() -> None:
        client = Api(app.test_client(), world.secretary.token)
        gate.wait()
        statuses.append(record(lambda _: client, None, world.member).status)

    threads = [threading.Thread(target=pay) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [201, 409, 409, 409]


@pytest.mark.parametrize(
    "changed",
    [
        {"months": []},
        {"months": ["2026-11", "2026-11"]},
        {"months": ["2026-13"]},
        {"months": ["2027-12"]},
        {"amount": "0"},
        {"amount": "1.234"},
        {"amount": "1000000"},
        {"paid_on": "2026-11-24"},
    ],
)
def test_records_that_are_refused(api: Calls, world: World, changed: dict[str, Any]) -> None:
    assert record(api, world.secretary, world.member, **changed).status == 422
    assert DuesRecord.select().count() == 0


def test_a_year_may_be_paid_ahead(api: Calls, world: World) -> None:
    assert record(api, world.secretary, world.member, months=["2027-11"]).status == 201


def test_whose_business_dues_are(api: Calls, world: World) -> None:
    kept = record(api, world.secretary, world.member).data[0]["id"]
    people = (("member", 403, 404), ("county_officer", 403, 404), ("host_secretary", 404, 404), ("resident", 404, 404))
    for part, status, voiding in people:
        person = getattr(world, part)
        assert record(api, person, world.second_member).status == status, part
        assert api(person).get("/organizations/DH-01-01/dues").status == status, part
        assert api(person).post(f"/dues/{kept}/void", {"reason": "试"}).status == voiding, part


def test_lists_come_page_by_page(api: Calls, world: World) -> None:
    record(api, world.secretary, world.member, months=["2026-09", "2026-10", "2026-11"])
    page = api(world.secretary).get("/organizations/DH-01-01/dues", limit=2).data
    rest = api(world.secretary).get("/organizations/DH-01-01/dues", limit=2, cursor=page["next_cursor"]).data
    assert [row["month"] for row in page["items"] + rest["items"]] == ["2026-11", "2026-10", "2026-09"]
    assert rest["next_cursor"] is None
