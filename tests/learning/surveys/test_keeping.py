"""What is kept of a survey and of whom: taken along, erased, let go of; counts stay."""

from datetime import timedelta
from typing import Any

import pytest

from backend.learning.surveys.cells import AgeBand
from backend.learning.surveys.counting import read_counters
from backend.learning.surveys.due import drop_drafts, drop_words
from backend.learning.surveys.models import (
    Survey,
    SurveyCount,
    SurveyDraft,
    SurveyParticipation,
    SurveySheet,
    SurveyText,
)
from backend.membership.erasures.due import erase_due_accounts
from backend.operation.retention.rules import RETENTION
from backend.people.models import Member
from backend.rooms import ERASURE
from tests.cast import World
from tests.learning.surveys.makers import CLOSES, SHEET, answer, drafted, opened, set_sectors

SHEET_WITH_WORDS = [*SHEET, {"question": 4, "text": "想学急救"}]


def test_named_answers_are_in_ones_export_anonymous_ones_are_not(api: Any, world: World) -> None:
    named, hidden = opened(api, world, title="实名的"), opened(api, world, title="匿名的", anonymous=True)
    drafting = opened(api, world, title="没填完的")
    for survey in (named, hidden):
        answer(api, world.member, survey, sheet=SHEET_WITH_WORDS)
    answer(api, world.second_member, named)
    api(world.member).put(f"/surveys/{drafting}/draft", {"answers": SHEET[:1]})
    room = api(world.member).get("/me/export").data["rooms"]["learning"]
    assert [(row["survey"], row["answered_at"] is None) for row in room["survey_participation.member"]] == [
        ("实名的", False),
        ("匿名的", True),
    ]
    (sheet,) = room["survey_sheet.member"]
    assert (sheet["survey"], sheet["answers"][-1]["text"]) == ("实名的", "想学急救")
    (draft,) = room["survey_draft.member"]
    assert draft["survey"] == "没填完的"
    written = api(world.county_officer).get("/me/export").data["rooms"]["learning"]["survey.author"]
    assert [row["title"] for row in written] == ["实名的", "匿名的", "没填完的"]


def test_an_erasure_takes_ones_sheets_words_and_drafts_and_leaves_the_counts(
    api: Any, world: World, clock: Any
) -> None:
    far = (CLOSES + timedelta(days=30)).isoformat()
    named, hidden = opened(api, world, closes_at=far), opened(api, world, anonymous=True, closes_at=far)
    for survey in (named, hidden):
        answer(api, world.member, survey, sheet=SHEET_WITH_WORDS)
        answer(api, world.second_member, survey, sheet=SHEET_WITH_WORDS)
    counts = {survey.id: read_counters(survey.id) for survey in Survey.select()}
    assert api(world.member).post("/me/erasure-requests", {"understood": True}).status == 201
    clock.advance(days=7)
    assert erase_due_accounts(reach=ERASURE, now=clock()) == 1
    left = {row.member_id for row in SurveyParticipation.select()} | {row.member_id for row in SurveySheet.select()}
    assert left == {world.second_member.member.id}
    assert SurveyText.select().where(SurveyText.sheet.is_null(False)).count() == 1
    assert SurveyText.select().where(SurveyText.sheet.is_null()).count() == 2  # nobody knows whose
    assert {survey.id: read_counters(survey.id) for survey in Survey.select()} == counts


def test_drafts_go_after_the_end_words_after_a_year_and_counts_stay(api: Any, world: World, clock: Any) -> None:
    named, hidden = opened(api, world), opened(api, world, anonymous=True)
    for survey in (named, hidden):
        answer(api, world.member, survey, sheet=SHEET_WITH_WORDS)
    api(world.second_member).put(f"/surveys/{named}/draft", {"answers": SHEET[:1]})
    later = opened(api, world, closes_at=(CLOSES + timedelta(days=2)).isoformat())
    api(world.second_member).put(f"/surveys/{later}/draft", {"answers": SHEET[:1]})
    assert drop_drafts(now=CLOSES) == 0
    assert drop_drafts(now=CLOSES + timedelta(days=1)) == 1
    assert [row.survey.public_id for row in SurveyDraft.select()] == [later]
    assert drop_words(now=CLOSES + timedelta(days=364)) == 0
    assert drop_words(now=CLOSES + timedelta(days=366)) == 3
    assert (SurveySheet.select().count(), SurveyText.select().count()) == (0, 0)
    assert SurveyParticipation.select().count() == 2
    assert SurveyCount.select().where(SurveyCount.amount > 0).count() > 0
    assert {"survey_drafts", "survey_words"} <= {rule.name for rule in RETENTION}


def test_a_discarded_draft_leaves_nothing(api: Any, world: World) -> None:
    survey = drafted(api, world)
    api(world.county_officer).post(f"/surveys/{survey}/discard")
    assert (Survey.select().count(), SurveyCount.select().count()) == (0, 0)


@pytest.mark.parametrize(
    ("identity", "band"),
    [
        (None, AgeBand.UNKNOWN),
        ("51162219901124123X", AgeBand.YOUNG),
        ("51162219901123123X", AgeBand.MIDDLE),
        ("51162219661124123X", AgeBand.MIDDLE),
        ("51162219661123123X", AgeBand.OLD),
    ],
)
def test_the_age_band_is_that_of_the_day(api: Any, world: World, identity: str | None, band: AgeBand) -> None:
    set_sectors(world)
    survey = opened(api, world)
    Member.update(identity=identity).where(Member.id == world.member.member.id).execute()
    answer(api, world.member, survey)
    counted = read_counters(Survey.get().id)
    assert [one for one in AgeBand if counted[f"age:{one}"][0]] == [band]
