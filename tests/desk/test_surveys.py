"""The pages of surveys: the editor, opening, the live fill, who is missing, results and the list to take along."""

from collections.abc import Callable
from typing import Any

import pytest

from backend.learning.surveys.models import Survey, SurveyState
from tests.cast import Person, World
from tests.conftest import Api, FakeClock
from tests.desk.conftest import Seat, text_of
from tests.desk.test_language import chinese_in, in_english, names
from tests.learning.surveys.makers import CLOSES, answer, crowd, opened, set_sectors
from tests.learning.surveys.test_fill import fill_in

Sit = Callable[[Person | None], Seat]
Calls = Callable[[Any], Api]
COUNTY = {"organization": "DH"}
HEAD = {
    **COUNTY,
    "title": "2027 年需求调研",
    "purpose": "好安排课程",
    "anonymous": "false",
    "quota_percent": "25",
    "opens_at": "2026-11-23T09:00",
    "closes_at": "2026-12-03T18:00",
}


def row(number: int, text: str, kind: str = "single", **more: str) -> dict[str, str]:
    """One question as the editor sends it."""
    fields = {"text": text, "kind": kind, "at": str(number + 1), "options": "甲\n\n 乙 \n", "required": "on", **more}
    return {f"q{number}_{name}": value for name, value in fields.items()}


FORM = {**HEAD, **row(0, "先问这个？"), **row(1, "再写几句", "text", options="", longest="50"), **row(2, "")}


@pytest.fixture
def officer(sit: Sit, world: World) -> Seat:
    """The county officer's seat."""
    set_sectors(world)
    return sit(world.county_officer)


def written(officer: Seat, **changed: str) -> Survey:
    """A draft made in the editor."""
    made = officer.post("/surveys/new", {**FORM, **changed})
    assert made.status_code == 204, made.get_json()
    survey: Survey = Survey.get()
    assert survey.public_id in made.headers["HX-Redirect"]
    return survey


def test_a_draft_is_written_put_in_order_and_opened(officer: Seat) -> None:
    survey = written(officer, q0_at="2", q1_at="1")
    assert [(one["text"], one["options"], one["required"]) for one in survey.questions] == [
        ("再写几句", [], True),
        ("先问这个？", ["甲", "乙"], True),
    ]
    assert (survey.quota_percent, survey.anonymous, survey.questions[0]["longest"]) == (25, False, 50)
    page = officer.get(f"/surveys/{survey.public_id}?organization=DH").text
    assert 'value="2026-12-03T18:00"' in page
    assert "甲\n乙</textarea>" in page
    revised = officer.post(f"/surveys/{survey.public_id}/revise", {**FORM, "title": "改过的名称", "q1_text": ""})
    assert revised.status_code == 204
    survey = Survey.get()
    assert (survey.title, len(survey.questions)) == ("改过的名称", 1)
    assert officer.post(f"/surveys/{survey.public_id}/open", COUNTY).status_code == 204
    assert officer.post(f"/surveys/{survey.public_id}/revise", FORM).status_code == 409
    page = text_of(officer.get(f"/surveys/{survey.public_id}?organization=DH"))
    assert "社区" in page
    assert "还差 1 人" in page


def test_a_draft_begins_from_the_yearly_template_or_from_one_of_before(officer: Seat) -> None:
    page = officer.get("/surveys/new?organization=DH&from=yearly").text
    assert "2027 年党员教育培训需求调研" in page
    assert "党的创新理论\n党章党规党纪" in page
    assert 'value="2026-11-24T08:00"' in page
    survey = written(officer)
    again = officer.get(f"/surveys/new?organization=DH&from={survey.public_id}").text
    assert "先问这个？" in again
    assert "甲\n乙</textarea>" in again
    assert officer.get("/surveys/new?organization=DH&from=nothing").status_code == 404


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"closes_at": "2026-11-20T18:00"}, ""),
        ({"closes_at": "some day"}, "closes_at"),
        ({"closes_at": ""}, "closes_at"),
        ({"quota_percent": "0"}, "quota_percent"),
        ({"quota_percent": "101"}, "quota_percent"),
        ({"title": ""}, "title"),
        ({"q0_options": "只有一个"}, "questions.0"),
        ({"q0_most": "many"}, "questions.0.most"),
        ({"q0_text": "", "q1_text": ""}, "questions"),
    ],
)
def test_a_faulty_draft_names_its_field_and_nothing_is_written(
    officer: Seat, changed: dict[str, str], field: str
) -> None:
    refused = officer.post("/surveys/new", {**FORM, **changed})
    assert refused.status_code == 422
    assert refused.get_json()["errors"][0]["field"] == field
    assert Survey.select().count() == 0


def test_a_draft_is_deleted_an_open_one_moved_and_ended(officer: Seat, api: Calls, world: World) -> None:
    gone = written(officer)
    assert officer.post(f"/surveys/{gone.public_id}/discard", COUNTY).status_code == 204
    survey = opened(api, world)
    moved = officer.post(f"/surveys/{survey}/postpone", {**COUNTY, "closes_at": "2026-12-20T18:00"})
    assert moved.status_code == 204
    assert officer.post(f"/surveys/{survey}/postpone", {**COUNTY, "closes_at": "2026-11-01T18:00"}).status_code == 422
    assert officer.post(f"/surveys/{survey}/close", COUNTY).status_code == 204
    assert Survey.get().state == SurveyState.CLOSED
    assert officer.post(f"/surveys/{survey}/dance", COUNTY).status_code == 404


def test_a_secretary_sees_his_part_and_whom_to_ask_and_no_results(
    sit: Sit, officer: Seat, api: Calls, world: World
) -> None:
    survey = opened(api, world)
    answer(api, world.member, survey)
    sun = sit(world.secretary)
    assert "需求调研" in text_of(sun.get("/surveys"))
    page = text_of(sun.get(f"/surveys/{survey}"))
    assert "大河社区第一党支部还没填的" in page
    assert "冯磊" in page
    assert "钱晓梅" not in page
    assert "25.0%" in page
    assert "结果" not in page
    assert sun.get(f"/surveys/{survey}/needs?format=csv").status_code == 404
    assert sun.post(f"/surveys/{survey}/close", {"organization": "DH-01-01"}).status_code in {403, 404}
    hidden = opened(api, world, anonymous=True)
    assert "还没填的" not in text_of(sun.get(f"/surveys/{hidden}"))


def test_results_are_shown_and_taken_along_without_markup(
    sit: Sit, officer: Seat, api: Calls, world: World, clock: FakeClock
) -> None:
    question = {"kind": "single", "text": "<script>alert(1)</script>", "options": ["<b>甲</b>", "乙"]}
    words = {"kind": "text", "text": "还想说什么？"}
    survey = opened(api, world, anonymous=True, title="<img src=x>", questions=[question, words])
    sheet = [{"question": 1, "choices": [1]}, {"question": 2, "text": "<script>alert(2)</script>"}]
    fill_in(survey, crowd(world.branch, 6), sheet)
    assert "匿名调研截止后才能看结果" in text_of(officer.get(f"/surveys/{survey}?organization=DH"))
    clock.set(CLOSES)
    officer = sit(world.county_officer)  # a session of ten days ago is over
    answered = officer.get(f"/surveys/{survey}?organization=DH")
    for markup in ("<script>alert", "<img src", "<b>甲"):
        assert markup not in answered.text, markup
    page = text_of(answered)
    assert "<script>alert(2)</script>" in page
    assert "6 100%" in page
    table = officer.get(f"/surveys/{survey}/needs?format=csv")
    assert table.get_data(as_text=True).startswith("\ufeff题号,题目,需求")
    assert officer.get(f"/surveys/{survey}/needs?format=xlsx").status_code == 200


def test_the_fill_is_asked_for_by_itself_while_it_is_open(officer: Seat, api: Calls, world: World) -> None:
    survey = opened(api, world)
    part = officer.get(f"/surveys/{survey}/fill?organization=DH", part=True).text
    assert 'hx-trigger="every 30s"' in part
    assert "<html" not in part
    officer.post(f"/surveys/{survey}/close", COUNTY)
    assert "hx-trigger" not in officer.get(f"/surveys/{survey}/fill?organization=DH", part=True).text


def test_who_is_not_concerned_finds_nothing(sit: Sit, officer: Seat, api: Calls, world: World) -> None:
    survey = opened(api, world, organization="DH-01-01")
    host = sit(world.host_secretary)
    assert host.get(f"/surveys/{survey}").status_code == 404
    assert "需求调研</a></td>" not in host.get("/surveys").text
    assert host.get("/surveys/new?organization=DH-01-01").status_code == 404


def test_the_pages_are_english_where_people_wrote_nothing(
    sit: Sit, officer: Seat, api: Calls, world: World, clock: FakeClock
) -> None:
    plain = {"title": "Needs", "purpose": "To plan", "questions": [{"kind": "scale", "text": "Useful?"}]}
    survey = opened(api, world, **plain)
    fill_in(survey, crowd(world.branch, 6), [{"question": 1, "choices": [4]}])
    clock.set(CLOSES)
    known = [*names(world), *(f"党员{number:02d}01" for number in range(6))]
    for seat in (sit(world.county_officer), sit(world.secretary)):
        for path in (f"/surveys/{survey}", "/surveys", "/surveys/new"):
            shown = in_english(seat).get(path).get_data(as_text=True)
            assert chinese_in(shown, known) == set(), path
