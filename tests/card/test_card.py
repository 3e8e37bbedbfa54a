"""The study card as its holder sees it."""

import threading
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from backend.card.ledger import Entry, add_record, void_record
from backend.card.models import StudyCard, StudyRecord
from backend.core.database import in_unit_of_work
from tests.cast import Person, World
from tests.conftest import SHANGHAI, Api

AT = datetime(2026, 11, 20, 19, 0, tzinfo=SHANGHAI)


def write(person: Person, number: int, *, at: datetime = AT, hours: str = "1.5", by: Any = None) -> None:
    entry = Entry(at, "活动室", f"学习 {number}", "party_day", Decimal(hours), f"check-in:{number}", by)
    in_unit_of_work(lambda: add_record(person.member.id, entry, now=at))


def test_a_card_has_number_holder_hours_and_records(api: Any, world: World) -> None:
    write(world.member, 1, by=world.host_branch.id)
    answer = api(world.member).get("/me/card")
    assert answer.status == 200
    card = answer.data
    assert card["holder"] == {
        "public_id": world.member.member.public_id,
        "name": "钱晓梅",
        "branch": {"code": "DH-01-01", "name": "大河社区第一党支部"},
    }
    assert (card["hours"]["year"], card["hours"]["done"], card["hours"]["target"]) == (2026, 1.5, 32)
    (record,) = card["records"]
    assert record == {
        "id": StudyRecord.get().public_id,
        "at": "2026-11-20T19:00:00+08:00",
        "place": "活动室",
        "content": "学习 1",
        "kind": "party_day",
        "hours": 1.5,
        "reflection": None,
        "confirmed_by": {"code": "NS-01", "name": "南山驻深流动党员党支部"},
        "source": "check-in",
        "voided": False,
    }
    assert card["next_cursor"] is None


def test_the_number_is_issued_once(api: Any, world: World) -> None:
    first = api(world.member).get("/me/card").data["number"]
    assert len(first) == 12
    assert first.startswith("2026")
    assert api(world.member).get("/me/card").data["number"] == first
    assert api(world.second_member).get("/me/card").data["number"] != first


def test_two_first_looks_at_once_issue_one_number(app: Flask, world: World) -> None:
    gate, numbers = threading.Barrier(4), []

    def look() -> None:
        client = Api(app.test_client(), world.member.token)
        gate.wait()
        numbers.append(client.get("/me/card").data["number"])

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(numbers) == 4
    assert set(numbers) == {StudyCard.get().number}


def test_a_secretary_owes_more_hours(api: Any, world: World) -> None:
    hours = api(world.secretary).get("/me/card").data["hours"]
    assert hours["target"] == 56
    assert "2019—2023" in hours["rule"]


@pytest.mark.parametrize("part", ["resident", "stranger"])
def test_who_is_no_member_has_no_card(api: Any, world: World, part: str) -> None:
    answer = api(getattr(world, part)).get("/me/card")
    assert (answer.status, answer.code) == (404, "no_card")


def test_the_year_is_that_of_the_calendar_in_shanghai(api: Any, world: World) -> None:
    first = datetime(2026, 1, 1, 0, 0, tzinfo=SHANGHAI)
    write(world.member, 1, at=first, hours="1")
    write(world.member, 2, at=first - timedelta(seconds=1), hours="2")
    write(world.member, 3, at=first.replace(year=2027) - timedelta(seconds=1), hours="4")
    write(world.member, 4, at=first.replace(year=2027), hours="8")
    assert api(world.member).get("/me/card").data["hours"]["done"] == 5.0


def test_a_struck_out_entry_stays_readable_and_counts_nothing(api: Any, world: World) -> None:
    write(world.member, 1)
    write(world.member, 2)
    in_unit_of_work(lambda: void_record(world.member.member.id, "check-in:2", now=AT))
    card = api(world.member).get("/me/card").data
    assert [record["voided"] for record in card["records"]] == [True, False]
    assert card["hours"]["done"] == 1.5


def test_records_come_newest_first_page_by_page(api: Any, world: World, statements: Any) -> None:
    for number in range(5):
        write(world.member, number, at=AT + timedelta(days=number // 2))
    write(world.second_member, 9)
    found, cursor = [], None
    while cursor or not found:
        query = {"cursor": cursor} if cursor else {}
        page = api(world.member).get("/me/card", limit=2, **query).data
        found += [record["content"] for record in page["records"]]
        cursor = page["next_cursor"]
    assert found == [f"学习 {number}" for number in (4, 3, 2, 1, 0)]
    with statements() as few:
        api(world.member).get("/me/card", limit=1)
    with statements() as many:
        api(world.member).get("/me/card")
    assert len(few) == len(many)


class TestReflections:
    """What one takes home."""

    def reflect(self, api: Any, person: Person, text: str = "要把学习落到行动上。\n继续。") -> Any:
        record = StudyRecord.get().public_id
        return api(person).post(f"/me/card/records/{record}/reflection", {"text": text})

    def test_it_is_written_and_rewritten(self, api: Any, world: World) -> None:
        write(world.member, 1)
        assert self.reflect(api, world.member).data["reflection"] == "要把学习落到行动上。\n继续。"
        assert self.reflect(api, world.member, "再想想").data["reflection"] == "再想想"
        assert api(world.member).get("/me/card").data["records"][0]["reflection"] == "再想想"

    def test_not_on_another_s_card(self, api: Any, world: World) -> None:
        write(world.member, 1)
        assert self.reflect(api, world.second_member).status == 404
        assert self.reflect(api, world.secretary).status == 404
        assert self.reflect(api, world.resident).code == "no_card"

    def test_not_on_a_struck_out_entry(self, api: Any, world: World) -> None:
        write(world.member, 1)
        in_unit_of_work(lambda: void_record(world.member.member.id, "check-in:1", now=AT))
        answer = self.reflect(api, world.member)
        assert (answer.status, answer.code) == (409, "record_voided")

    @pytest.mark.parametrize("text", ["", "长" * 1001, "a\x01b"])
    def test_it_is_one_to_a_thousand_characters(self, api: Any, world: World, text: str) -> None:
        write(world.member, 1)
        assert self.reflect(api, world.member, text).status == 422


def test_collective_study_counts_as_study_and_never_as_training(api: Any, world: World, clock: Any) -> None:
    for hours, kind in ((2, "collective_study"), (4, "intensive_training"), (1, "party_day"), (8, "group_viewing")):
        entry = Entry(clock(), "会议室", kind, kind, Decimal(hours), f"check-in:{kind}", None)
        in_unit_of_work(lambda entry=entry: add_record(world.member.member.id, entry, now=clock()))
    hours = api(world.member).get("/me/card").data["hours"]
    assert (hours["done"], hours["training"]) == (15.0, 4.0)
