"""Cards given out in batches, lost and issued anew: every number counts once, and dies with its print."""

from typing import Any

import pytest

from backend.card.issuing.models import LostCard
from backend.card.models import StudyCard
from backend.core.audit import AuditEntry
from backend.people.models import MemberStatus
from backend.tally.counting import total
from tests.branch_life.makers import START, Calls, host
from tests.cast import World

CODE = "DH-01-01"


def issue(api: Calls, person: Any, code: str = CODE) -> Any:
    return api(person).post(f"/organizations/{code}/card-batches", {})


def counted(world: World) -> int:
    return total("card_issued", world.county.path, first=START.date(), last=START.date())


def test_a_batch_gives_a_card_to_every_home_member_who_has_none(api: Calls, world: World) -> None:
    host(world.host_secretary, world.branch)
    own = api(world.member).get("/me/card").data["number"]
    answer = issue(api, world.secretary)
    assert (answer.status, answer.data["issued"]) == (201, 3)  # four at home, one has his card already
    assert StudyCard.select().count() == 4
    assert api(world.member).get("/me/card").data["number"] == own
    assert counted(world) == 4
    assert issue(api, world.secretary).code == "all_have_cards"
    (listed,) = api(world.secretary).get(f"/organizations/{CODE}/card-batches").data["items"]
    assert listed == answer.data


def test_a_lost_number_and_its_print_count_no_more(api: Calls, world: World) -> None:
    code = api(world.member).get("/me/card/disclosure").data["code"]
    assert api(None).get(f"/card-codes/{code}").status == 200
    former = api(world.member).get("/me/card").data["number"]
    answer = api(world.member).post("/me/card/loss", {"reason": "出差途中遗失"})
    assert (answer.status, answer.data["replaced"]) == (200, 1)
    assert answer.data["number"] != former
    assert api(world.member).get("/me/card").data["number"] == answer.data["number"]
    assert api(None).get(f"/card-codes/{code}").status == 404
    lost = LostCard.get()
    assert (lost.number, lost.reason, lost.voided_by_id) == (former, "出差途中遗失", world.member.account.id)
    assert counted(world) == 1  # re-issues are counted once


def test_the_branch_replaces_a_card_for_whoever_asks_it(api: Calls, world: World) -> None:
    api(world.member).get("/me/card")
    path = f"/members/{world.member.member.public_id}/card/replace"
    assert api(world.secretary).post(path, {"reason": "纸卡损坏"}).status == 200
    assert AuditEntry.get(AuditEntry.action == "card.replace").purpose == "纸卡损坏"
    for person, status in ((world.host_secretary, 404), (world.resident, 404), (world.volunteer, 404)):
        assert api(person).post(path, {"reason": "好奇"}).status == status
    assert api(world.secretary).post(path, {"reason": ""}).status == 422


@pytest.mark.parametrize(("part", "status"), [("member", 403), ("host_secretary", 404), ("resident", 404)])
def test_who_gives_out_cards(api: Calls, world: World, part: str, status: int) -> None:
    assert issue(api, getattr(world, part)).status == status
    assert api(getattr(world, part)).get(f"/organizations/{CODE}/card-batches").status == status


def test_without_a_card_nothing_can_be_lost(api: Calls, world: World) -> None:
    assert api(world.member).post("/me/card/loss", {"reason": "遗失"}).code == "no_card"
    assert api(world.resident).post("/me/card/loss", {"reason": "遗失"}).code == "no_card"


def test_the_card_says_what_is_still_open(api: Calls, world: World) -> None:
    assert world.member.member.status == MemberStatus.FULL
    hours = api(world.member).get("/me/card").data["hours"]
    assert (hours["done"], hours["target"], hours["left"]) == (0, 32, 32)
