"""Answering: once or anew, under one's name or without; what does not fit is refused and nothing is counted."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from backend.core.database import database
from backend.core.idempotency import IdempotencyKey
from backend.learning.surveys.counting import SHEETS, read_counters, slot_of
from backend.learning.surveys.models import (
    Survey,
    SurveyDraft,
    SurveyParticipation,
    SurveySheet,
    SurveyText,
    random_number,
)
from backend.people.models import Membership, MembershipKind
from tests.at_once import at_once
from tests.cast import SINCE, World
from tests.conftest import MONDAY_MORNING
from tests.learning.surveys.makers import CLOSES, SHEET, answer, drafted, opened, set_sectors

OTHER = [{"question": 1, "choices": [2]}, {"question": 2, "choices": [1]}, {"question": 3, "choices": [5]}]
WORDS = {"question": 4, "text": "想学急救"}


def counted(cell: str = "all") -> dict[int, int]:
    """What the counters of the only survey say, zeros left out."""
    return {slot: amount for slot, amount in read_counters(Survey.get().id)[cell].items() if amount}


ONE_SHEET = {SHEETS: 1, slot_of(1): 1, slot_of(1, 1): 1, slot_of(1, 3): 1, slot_of(2): 1, slot_of(2, 2): 1} | {
    slot_of(3): 1,
    slot_of(3, 4): 1,
}


@pytest.mark.parametrize("anonymous", [True, False])
def test_answers_are_counted_once_in_all_and_in_the_cells_of_the_member(
    api: Any, world: World, anonymous: bool
) -> None:
    set_sectors(world)
    survey = opened(api, world, anonymous=anonymous)
    said = answer(api, world.secretary, survey)
    assert (said.status, said.data["own"]["answered"], said.data["own"]["may_change"]) == (200, True, not anonymous)
    for cell in ("all", "sector:community", "role:leading", "age:unknown"):
        assert counted(cell) == ONE_SHEET, cell
    for cell in ("sector:organ", "role:ordinary", "age:old"):
        assert counted(cell) == {}, cell


@pytest.mark.parametrize("anonymous", [True, False])
def test_the_same_nonce_has_its_effect_once_even_after_the_end(
    api: Any, world: World, clock: Any, anonymous: bool
) -> None:
    survey = opened(api, world, anonymous=anonymous)
    for _ in range(3):
        assert answer(api, world.member, survey, nonce="one-and-the-same").status == 200
    clock.set(CLOSES)
    assert answer(api, world.member, survey, nonce="one-and-the-same").status == 200
    assert counted() == ONE_SHEET


def test_named_answers_are_changed_until_the_end_and_the_counters_follow(api: Any, world: World, clock: Any) -> None:
    survey = opened(api, world)
    answer(api, world.member, survey, sheet=[*SHEET, WORDS], nonce="the-first-one")
    changed = answer(api, world.member, survey, sheet=OTHER, nonce="the-second-one")
    assert changed.data["own"] == {
        "may_answer": False,
        "answered": True,
        "may_change": True,
        "answers": [{"text": None, **one} for one in OTHER],
        "is_draft": False,
    }
    assert counted() == {0: 1, 100: 1, 102: 1, 200: 1, 201: 1, 300: 1, 305: 1}
    assert (SurveySheet.select().count(), SurveyText.select().count(), SurveyParticipation.select().count()) == (
        1,
        0,
        1,
    )
    clock.set(CLOSES)
    late = answer(api, world.member, survey, nonce="the-third-one")
    assert (late.status, late.code) == (409, "survey_not_open")
    assert counted()[305] == 1


def test_an_anonymous_answer_is_final_and_shown_to_nobody(api: Any, world: World) -> None:
    survey = opened(api, world, anonymous=True)
    answer(api, world.member, survey, nonce="the-first-one")
    again = answer(api, world.member, survey, sheet=OTHER, nonce="the-second-one")
    assert (again.status, again.code) == (409, "already_answered")
    own = api(world.member).get(f"/surveys/{survey}").data["own"]
    assert own == {"may_answer": False, "answered": True, "may_change": False, "answers": [], "is_draft": False}
    assert counted() == ONE_SHEET


@pytest.mark.parametrize("anonymous", [True, False])
def test_two_phones_at_once_count_as_one(api: Any, app: Flask, world: World, anonymous: bool) -> None:
    survey = opened(api, world, anonymous=anonymous)

    def send(nonce: str, sheet: Any) -> Any:
        sent = {"nonce": nonce, "answers": sheet}
        return world.member.token, lambda client: client.post(f"/surveys/{survey}/answers", sent)

    answers = at_once(app, [send("from-one-phone", SHEET), send("from-the-other", OTHER)])
    statuses = sorted(one.status for one in answers)
    assert statuses == [200, 409] if anonymous else statuses in ([200, 200], [200, 409])
    database.connect(reuse_if_open=True)
    assert counted()[SHEETS] == 1
    assert counted()[slot_of(2)] == 1
    assert SurveyParticipation.select().count() == 1


@pytest.mark.parametrize(
    ("sheet", "code"),
    [
        ([{"question": 1, "choices": [4]}, *SHEET[1:]], "unknown_option"),
        ([{"question": 1, "choices": [0]}, *SHEET[1:]], "greater_than_equal"),
        ([{"question": 1, "choices": [1, 1]}, *SHEET[1:]], "unknown_option"),
        ([{"question": 1, "choices": [1, 2, 3]}, *SHEET[1:]], "too_many_choices"),
        ([SHEET[0], {"question": 2, "choices": [1, 2]}, SHEET[2]], "too_many_choices"),
        ([*SHEET[:2], {"question": 3, "choices": [6]}], "unknown_option"),
        ([*SHEET[:2], {"question": 3, "text": "很好"}], "no_text"),
        ([*SHEET, {"question": 4, "choices": [1]}], "unknown_option"),
        ([*SHEET, {"question": 4, "text": "长" * 21}], "text_too_long"),
        ([*SHEET, {"question": 5, "choices": [1]}], "unknown_question"),
        ([*SHEET, SHEET[0]], "answered_twice"),
        (SHEET[:2], "required"),
        ([{"question": 1, "choices": []}, *SHEET[1:]], "required"),
    ],
)
@pytest.mark.parametrize("anonymous", [True, False])
def test_answers_that_do_not_fit_are_refused_and_nothing_is_counted(
    api: Any, world: World, sheet: Any, code: str, anonymous: bool
) -> None:
    survey = opened(api, world, anonymous=anonymous)
    refused = answer(api, world.member, survey, sheet=sheet)
    assert (refused.status, refused.body["errors"][0]["code"]) == (422, code)
    assert counted() == {}
    assert SurveyParticipation.select().count() == 0


@pytest.mark.parametrize("nonce", ["", "short", "with space in", "x" * 41, "<script>alert(1)</script>"])
def test_a_nonce_of_another_form_is_refused(api: Any, world: World, nonce: str) -> None:
    survey = opened(api, world)
    sent = {"nonce": nonce, "answers": SHEET}
    assert api(world.member).post(f"/surveys/{survey}/answers", sent).status == 422


def test_nobody_answers_before_the_beginning_or_after_the_end(api: Any, world: World, clock: Any) -> None:
    begins = MONDAY_MORNING + timedelta(days=1)
    survey = opened(api, world, opens_at=begins.isoformat())
    assert answer(api, world.member, survey).code == "survey_not_open"
    assert api(world.member).get(f"/surveys/{survey}").data["own"]["may_answer"] is False
    clock.set(begins)
    assert answer(api, world.member, survey).status == 200
    assert api(world.county_officer).post(f"/surveys/{survey}/close").status == 200
    assert answer(api, world.second_member, survey).code == "survey_not_open"
    assert api(world.member).get("/surveys", to_answer=True).data["items"] == []


def test_who_is_not_asked_finds_no_survey(api: Any, world: World) -> None:
    foreign = opened(api, world, organization="DH-01-01")
    for part in ("host_secretary", "resident", "stranger"):
        assert answer(api, world.people[part], foreign).status == 404, part
        assert api(world.people[part]).put(f"/surveys/{foreign}/draft", {"answers": []}).status == 404
    # an officer above reads it, and is not asked
    assert api(world.county_officer).get(f"/surveys/{foreign}").data["own"]["may_answer"] is False
    assert answer(api, world.county_officer, foreign).status == 404
    assert answer(api, world.member, "aaaaaaaaaaaaaaaa").status == 404
    assert answer(api, world.member, drafted(api, world)).status == 404


def test_a_guest_of_a_branch_is_asked_there(api: Any, world: World) -> None:
    foreign = opened(api, world, organization="NS-01")
    assert answer(api, world.member, foreign).status == 404
    Membership.create(
        member=world.member.member, organization=world.host_branch, kind=MembershipKind.HOST, since_on=SINCE
    )
    assert answer(api, world.member, foreign).status == 200


def test_a_draft_is_kept_under_ones_name_and_gone_when_handed_in(api: Any, world: World) -> None:
    survey = opened(api, world)
    half = [SHEET[1]]
    for _ in range(2):
        kept = api(world.member).put(f"/surveys/{survey}/draft", {"answers": half})
        assert kept.status == 200, kept.body
    own = api(world.member).get(f"/surveys/{survey}").data["own"]
    assert (own["answers"], own["is_draft"], own["may_answer"]) == ([{"text": None, **half[0]}], True, True)
    assert api(world.second_member).get(f"/surveys/{survey}").data["own"]["answers"] == []
    wrong = api(world.member).put(f"/surveys/{survey}/draft", {"answers": [{"question": 2, "choices": [9]}]})
    assert wrong.status == 422
    assert counted() == {}
    answer(api, world.member, survey)
    assert SurveyDraft.select().count() == 0


def test_a_draft_without_a_name_stays_on_the_phone(api: Any, world: World) -> None:
    survey = opened(api, world, anonymous=True)
    refused = api(world.member).put(f"/surveys/{survey}/draft", {"answers": [SHEET[0]]})
    assert (refused.status, refused.code) == (409, "anonymous_draft")
    assert SurveyDraft.select().count() == 0


def test_an_anonymous_survey_leaves_no_way_from_a_person_to_his_answers(api: Any, app: Flask, world: World) -> None:
    survey = opened(api, world, anonymous=True)
    people = [world.member, world.second_member, world.volunteer, world.secretary]
    words = [f"第{number}句话" for number in range(len(people))]
    for person, text in zip(people, words, strict=True):
        sent = {"nonce": f"nonce-of-{person.account.id:04}", "answers": [*SHEET, {"question": 4, "text": text}]}
        path = f"/api/v1/surveys/{survey}/answers"
        headers = {"Authorization": f"Bearer {person.token}", "Idempotency-Key": f"key-{person.account.id}"}
        assert app.test_client().post(path, json=sent, headers=headers).status_code == 200
    database.connect(reuse_if_open=True)
    assert SurveySheet.select().count() == 0
    assert [row.answered_at for row in SurveyParticipation.select()] == [None] * 4
    # no fingerprint of a body beside an account, which could be compared with guessed answers
    named = {row.caller_id for row in IdempotencyKey.select()}
    assert named.isdisjoint({person.account.id for person in people})
    rows = list(SurveyText.select().order_by(SurveyText.id))
    assert {row.text for row in rows} == set(words)
    assert [row.sheet_id for row in rows] == [None] * 4
    assert all(row.id > 1_000_000 for row in rows)  # drawn from 2^62: no order of arrival


def test_free_words_lie_in_no_order_of_arrival() -> None:
    drawn = [random_number() for _ in range(50)]
    assert len(set(drawn)) == 50
    assert drawn != sorted(drawn)
    assert max(drawn) < 2**63
