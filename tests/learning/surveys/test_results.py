"""Results: counts and cross-tables with small cells withheld, words, and the list of needs to take along."""

import csv
import io
import zipfile
from typing import Any

import pytest

from backend.core.audit import AuditEntry
from backend.learning.surveys.counting import read_counters, slots_of
from backend.learning.surveys.models import Survey, SurveySheet
from backend.learning.surveys.protection import withheld
from backend.learning.surveys.questions import Answer
from tests.cast import World
from tests.learning.surveys.makers import CLOSES, SHEET, answer, crowd, opened, set_sectors
from tests.learning.surveys.test_fill import fill_in

OTHER = [{"question": 1, "choices": [2]}, {"question": 2, "choices": [1]}, {"question": 3, "choices": [2]}]


def results(api: Any, world: World, survey: str) -> Any:
    read = api(world.county_officer).get(f"/surveys/{survey}/results")
    assert read.status == 200, read.body
    return read.data


def table(data: Any, number: int, dimension: str) -> dict[str, list[int] | None]:
    """The cells of one question by one trait; None where they are withheld."""
    found = next(one for one in data["results"][number - 1]["tables"] if one["dimension"] == dimension)
    return {one["cell"]: one["amounts"] for one in found["cells"]}


@pytest.mark.parametrize(
    ("answered", "hidden"),
    [
        ({}, set()),
        ({"a": 5, "b": 7}, set()),
        ({"a": 0, "b": 7}, set()),
        ({"a": 4, "b": 4}, {"a", "b"}),
        ({"a": 4, "b": 6, "c": 9}, {"a", "b"}),
        ({"a": 3, "b": 2, "c": 9}, {"a", "b"}),
        ({"a": 1, "b": 1, "c": 9}, {"a", "b", "c"}),
        ({"a": 1}, {"a"}),
    ],
)
def test_small_cells_are_withheld_with_what_they_could_be_reckoned_from(
    answered: dict[str, int], hidden: set[str]
) -> None:
    assert withheld(answered) == hidden
    total, shown = sum(answered.values()), sum(number for cell, number in answered.items() if cell not in hidden)
    assert total == shown or total - shown >= 5 or not shown


@pytest.mark.parametrize("anonymous", [True, False])
def test_counts_are_parted_by_sector_post_and_age(api: Any, world: World, clock: Any, anonymous: bool) -> None:
    set_sectors(world)
    survey = opened(api, world, anonymous=anonymous)
    fill_in(survey, crowd(world.branch, 6))
    fill_in(survey, crowd(world.host_branch, 7), OTHER)
    clock.set(CLOSES)
    data = results(api, world, survey)
    assert data["answered"] == 13
    first, _, scale, _ = data["results"]
    assert (first["options"], first["total"]["amounts"]) == (["理论", "政策", "技能"], [6, 7, 6])
    assert scale["average"] == pytest.approx((6 * 4 + 7 * 2) / 13)
    assert table(data, 1, "sector") == {"community": [6, 0, 6], "new_employment": [0, 7, 0]}
    assert table(data, 2, "role") == {"ordinary": [7, 6]}
    assert table(data, 3, "age") == {"unknown": [0, 7, 0, 6, 0]}


def test_a_cell_of_four_is_withheld_and_so_is_what_it_could_be_reckoned_from(
    api: Any, world: World, clock: Any
) -> None:
    set_sectors(world)
    survey = opened(api, world, anonymous=True)
    fill_in(survey, crowd(world.branch, 6))
    fill_in(survey, crowd(world.host_branch, 4), OTHER)
    clock.set(CLOSES)
    data = results(api, world, survey)
    assert data["results"][0]["total"]["amounts"] == [6, 4, 6]
    assert table(data, 1, "sector") == {"community": None, "new_employment": None}
    cells = data["results"][0]["tables"][0]["cells"]
    assert [(one["withheld"], one["answered"]) for one in cells] == [(True, None), (True, None)]


def test_what_fewer_than_five_answered_is_withheld_altogether(api: Any, world: World, clock: Any) -> None:
    survey = opened(api, world, anonymous=True)
    fill_in(survey, crowd(world.branch, 4), [*SHEET, {"question": 4, "text": "谁都认得的话"}])
    clock.set(CLOSES)
    data = results(api, world, survey)
    for one in data["results"]:
        assert (one["total"]["withheld"], one["total"]["amounts"]) == (True, None)
        assert (one["average"], one["texts"], one["tables"]) == (None, [], [])
    assert api(world.county_officer).get(f"/surveys/{survey}/needs").data["items"] == []


def test_an_optional_question_has_its_own_smallness(api: Any, world: World, clock: Any) -> None:
    survey = opened(api, world, anonymous=True)
    people = crowd(world.branch, 6)
    fill_in(survey, people[:5])
    fill_in(survey, people[5:], [*SHEET, {"question": 4, "text": "只有一个人写了"}])
    clock.set(CLOSES)
    words = results(api, world, survey)["results"][3]
    assert (words["total"]["withheld"], words["texts"]) == (True, [])


def test_anonymous_results_are_seen_after_the_end_only(api: Any, world: World, clock: Any) -> None:
    survey = opened(api, world, anonymous=True)
    fill_in(survey, crowd(world.branch, 6))
    early = results(api, world, survey)
    assert (early["results"], early["refused"], early["answered"]) == ([], "匿名调研截止后才能看结果", 6)
    assert api(world.county_officer).get(f"/surveys/{survey}/needs").data["refused"]
    export = api(world.county_officer).get(f"/surveys/{survey}/needs/export", format="csv")
    assert (export.status, export.code) == (409, "results_withheld")
    clock.set(CLOSES)
    assert len(results(api, world, survey)["results"]) == 4


@pytest.mark.parametrize("way", ["results", "needs", "needs/export"])
def test_results_are_for_those_who_see_the_numbers_of_the_whole(api: Any, world: World, way: str) -> None:
    survey = opened(api, world)
    for part, status in (("secretary", 404), ("member", 404), ("host_secretary", 404), ("stranger", 404)):
        assert api(world.people[part]).get(f"/surveys/{survey}/{way}").status == status, part
    assert "results" in api(world.county_officer).get(f"/surveys/{survey}").data["sees"]
    assert api(world.secretary).get(f"/surveys/{survey}").data["sees"] == ["fill"]
    assert api(world.member).get(f"/surveys/{survey}").data["sees"] == []


def test_the_counters_are_what_the_named_sheets_add_up_to(api: Any, world: World) -> None:
    set_sectors(world)
    survey = opened(api, world)
    people = crowd(world.branch, 6)
    fill_in(survey, people)
    answer(api, world.secretary, survey, sheet=OTHER, nonce="the-first-time")
    answer(api, world.secretary, survey, sheet=SHEET, nonce="the-second-time")
    answer(api, world.host_secretary, survey, sheet=OTHER)
    added: dict[tuple[str, int], int] = {}
    for sheet in SurveySheet.select():
        answers = {one["question"]: Answer.model_validate(one) for one in sheet.answers}
        for cell in sheet.cells:
            for slot in slots_of(answers):
                added[cell, slot] = added.get((cell, slot), 0) + 1
    kept = read_counters(Survey.get().id)
    assert {(c, s): n for c, slots in kept.items() for s, n in slots.items() if n} == added


def _many_needs(api: Any, world: World, clock: Any) -> str:
    formulas = {
        "kind": "single",
        "text": "想学什么？",
        "options": ["=HYPERLINK(1)", "@政策", "<script>alert(1)</script>"],
    }
    words = {"kind": "text", "text": "还想说什么？", "longest": 60}
    survey = opened(api, world, anonymous=True, questions=[formulas, words])
    people = crowd(world.branch, 6)
    for number, person in enumerate(people):
        sheet = [
            {"question": 1, "choices": [1 if number < 2 else 3]},
            {"question": 2, "text": "=cmd|'/c calc'!A1" if number == 0 else "+多一点"},
        ]
        fill_in(survey, [person], sheet)
    clock.set(CLOSES)
    return survey


def test_the_list_of_needs_begins_with_the_most_wanted(api: Any, world: World, clock: Any) -> None:
    survey = _many_needs(api, world, clock)
    needs = api(world.county_officer).get(f"/surveys/{survey}/needs").data["items"]
    assert [(one["need"], one["amount"], one["answered"]) for one in needs] == [
        ("<script>alert(1)</script>", 4, 6),
        ("=HYPERLINK(1)", 2, 6),
        ("@政策", 0, 6),
    ]
    assert needs[0]["share"] == pytest.approx(2 / 3)


def test_an_export_holds_no_formula_and_is_on_record(api: Any, app: Any, world: World, clock: Any) -> None:
    survey = _many_needs(api, world, clock)
    path = f"/api/v1/surveys/{survey}/needs/export"
    headers = {"Authorization": f"Bearer {world.county_officer.token}"}
    answered = app.test_client().get(path, query_string={"format": "csv"}, headers=headers)
    assert answered.headers["Content-Disposition"] == f"attachment; filename=needs-{survey}.csv"
    rows = list(csv.reader(io.StringIO(answered.data.decode("utf-8-sig"))))
    assert rows[0][:6] == ["题号", "题目", "需求", "选的人数", "答题人数", "占比"]
    assert rows[1][2:6] == ["<script>alert(1)</script>", "4", "6", "66.7%"]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@", "-"))]
    assert "'=cmd|'/c calc'!A1" in [row[2] for row in rows]
    book = app.test_client().get(path, query_string={"format": "xlsx"}, headers=headers)
    with zipfile.ZipFile(io.BytesIO(book.data)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert api(world.county_officer).get(f"/surveys/{survey}/needs/export", format="pdf").status == 422
    assert [row.action for row in AuditEntry.select()].count("survey.exported") == 2
