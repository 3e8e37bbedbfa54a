"""Consents: one ledger a person, the last word counts."""

from collections.abc import Callable
from typing import Any

import pytest

from backend.people.consents.models import Consent, ConsentPurpose
from backend.people.consents.service import has_consent
from backend.people.consents.texts import VERSION
from tests.cast import Person, World
from tests.conftest import Answer, Api, FakeClock

Client = Callable[[Person | None], Api]
LOCATION = {"purpose": "location", "version": "2026-11", "given": True}


@pytest.fixture(autouse=True)
def unasked(world: World) -> None:
    """Nobody has been asked for anything yet."""
    Consent.delete().execute()


def say(api: Client, person: Person, **changed: Any) -> Answer:
    """Give or withdraw over HTTP."""
    return api(person).post("/me/consents", {**LOCATION, **changed})


def in_force(api: Client, person: Person) -> dict[str, bool]:
    """What counts now, by purpose."""
    return {row["purpose"]: row["given"] for row in api(person).get("/me/consents").data["current"]}


def test_nothing_is_agreed_to_before_one_is_asked(api: Client, world: World) -> None:
    shown = api(world.member).get("/me/consents").data
    assert {row["purpose"] for row in shown["current"]} == set(ConsentPurpose)
    assert all(len(row["text"]) > 30 and row["text_version"] == VERSION for row in shown["current"])
    assert not any(row["given"] or row["version"] or row["at"] for row in shown["current"])
    assert shown["history"] == []
    assert not has_consent(world.member.account.id, ConsentPurpose.LOCATION)


def test_a_consent_is_given_and_withdrawn_and_both_stay_on_record(api: Client, world: World, clock: FakeClock) -> None:
    given = say(api, world.member)
    assert (given.status, given.data["label"]) == (201, "签到时使用位置")
    assert has_consent(world.member.account.id, ConsentPurpose.LOCATION)
    clock.advance(minutes=1)
    assert say(api, world.member, given=False).data["given"] is False
    assert not has_consent(world.member.account.id, ConsentPurpose.LOCATION)
    history = api(world.member).get("/me/consents").data["history"]
    assert [(row["given"], row["version"]) for row in history] == [(False, "2026-11"), (True, "2026-11")]
    assert history[0]["at"] > history[1]["at"]


def test_purposes_and_persons_do_not_mix(api: Client, world: World) -> None:
    say(api, world.member, purpose="photo")
    assert in_force(api, world.member) == {
        "membership": False,
        "location": False,
        "photo": True,
        "service_contact": False,
    }
    assert not any(in_force(api, world.second_member).values())


def test_the_same_word_again_is_on_record_once_a_new_version_anew(api: Client, world: World) -> None:
    first = say(api, world.member).data
    assert say(api, world.member).data == first
    assert say(api, world.member, version="2027-01").data["version"] == "2027-01"
    say(api, world.member, version="2027-01", given=False)
    say(api, world.member, version="2027-01")
    assert [row.given for row in Consent.select().order_by(Consent.id)] == [True, True, False, True]
    assert has_consent(world.member.account.id, ConsentPurpose.LOCATION)


@pytest.mark.parametrize(
    "changed",
    [{"purpose": "everything"}, {"version": ""}, {"version": "第一版"}, {"given": None}, {"at": "2020-01-01"}],
)
def test_a_faulty_word_is_refused(api: Client, world: World, changed: dict[str, Any]) -> None:
    assert say(api, world.member, **changed).status == 422
    assert Consent.select().count() == 0


def test_consents_are_ones_own(api: Client, world: World) -> None:
    assert api(None).get("/me/consents").status == 401
    assert api(None).post("/me/consents", LOCATION).status == 401
