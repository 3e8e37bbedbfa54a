"""What came out: counts by option, cross-tables, words, and the list of needs made of them."""

from collections.abc import Iterable, Mapping

from backend.core import audit
from backend.core.database import in_unit_of_work, rows_of
from backend.core.errors import Conflict
from backend.core.sheets import XLSX, as_csv, as_xlsx
from backend.learning.lessons.service import Actor
from backend.learning.surveys.access import find_survey, standing_of
from backend.learning.surveys.cells import ALL, DIMENSIONS, Dimension
from backend.learning.surveys.counting import SHEETS, read_counters, slot_of
from backend.learning.surveys.models import Survey, SurveyState, SurveyText
from backend.learning.surveys.protection import LEAST, RULE, withheld
from backend.learning.surveys.questions import SCALE, Question, QuestionKind, questions_of
from backend.learning.surveys.reading import survey_brief
from backend.learning.surveys.schemas import (
    CellResult,
    CrossTable,
    NeedItem,
    QuestionResult,
    SheetFormat,
    Standing,
    SurveyNeeds,
    SurveyResults,
)
from backend.people.access import require
from backend.people.permissions import Right

HEADINGS = ("题号", "题目", "需求", "选的人数", "答题人数", "占比", "口径", "统计时间")
NEED_KINDS = (QuestionKind.SINGLE, QuestionKind.MULTIPLE)
TOO_FEW = f"答的人不足 {LEAST} 位，不显示"

Counters = Mapping[str, Mapping[int, int]]


def read_results(public_id: str, actor: Actor) -> SurveyResults:
    """Results of all that was asked, for those who see the numbers of the survey's organisation."""
    survey = _find(public_id, actor)
    refused = _refused(survey, actor)
    counters = read_counters(survey.id)
    results = [] if refused else [_result(survey, number, one, counters) for number, one in _numbered(survey)]
    return SurveyResults(
        survey=survey_brief(survey, actor, False),
        answered=counters.get(ALL, {}).get(SHEETS, 0),
        results=results,
        refused=refused,
        rule=RULE,
        as_of=actor.now,
    )


def _find(public_id: str, actor: Actor) -> Survey:
    survey = find_survey(public_id)
    require(actor.caller, Right.SEE_NUMBERS, survey.organization)
    if survey.state == SurveyState.DRAFT:
        raise Conflict("survey_not_open", "调研还没有发布")
    return survey


def _refused(survey: Survey, actor: Actor) -> str | None:
    if survey.anonymous and standing_of(survey, actor.now) is not Standing.CLOSED:
        return "匿名调研截止后才能看结果"
    return None


def _numbered(survey: Survey) -> Iterable[tuple[int, Question]]:
    return enumerate(questions_of(survey.questions), start=1)


def _result(survey: Survey, number: int, question: Question, counters: Counters) -> QuestionResult:
    answered = counters[ALL][slot_of(number)]
    few = 0 < answered < LEAST
    total = _cell(ALL, "合计", number, question, counters[ALL], few)
    return QuestionResult(
        number=number,
        question=question,
        options=_options(question),
        total=total,
        average=_average(question, total, answered),
        texts=[] if few or question.kind is not QuestionKind.TEXT else _texts(survey, number),
        tables=[] if few else [_table(one, number, question, counters) for one in DIMENSIONS],
    )


def _options(question: Question) -> list[str]:
    return [str(point) for point in range(1, SCALE + 1)] if question.kind is QuestionKind.SCALE else question.options


def _cell(
    code: str, label: str, number: int, question: Question, counted: Mapping[int, int], hidden: bool
) -> CellResult:
    if hidden:
        return CellResult(cell=code, label=label, answered=None, amounts=None, withheld=True)
    amounts = [counted[slot_of(number, choice)] for choice in range(1, question.choices + 1)]
    return CellResult(cell=code, label=label, answered=counted[slot_of(number)], amounts=amounts, withheld=False)


def _average(question: Question, total: CellResult, answered: int) -> float | None:
    if question.kind is not QuestionKind.SCALE or not total.amounts or not answered:
        return None
    return sum(point * amount for point, amount in enumerate(total.amounts, start=1)) / answered


def _table(dimension: Dimension, number: int, question: Question, counters: Counters) -> CrossTable:
    """One question by one trait; cells in which nobody answered are left out."""
    answered = {value: counters[f"{dimension.code}:{value}"][slot_of(number)] for value in dimension.values}
    hidden = withheld(answered)
    cells = [
        _cell(value, label, number, question, counters[f"{dimension.code}:{value}"], value in hidden)
        for value, label in dimension.values.items()
        if answered[value]
    ]
    return CrossTable(dimension=dimension.code, label=dimension.label, cells=cells)


def _texts(survey: Survey, number: int) -> list[str]:
    """In the order of their random numbers, which is no order."""
    rows = SurveyText.select(SurveyText.text).where(SurveyText.survey == survey, SurveyText.question == number)
    return [text for (text,) in rows_of(rows.order_by(SurveyText.id))]


def read_needs(public_id: str, actor: Actor) -> SurveyNeeds:
    """The list of needs: options of the questions to choose from, the most wanted first."""
    found = read_results(public_id, actor)
    return SurveyNeeds(
        survey=found.survey,
        items=[item for one in found.results for item in _needs(one)],
        refused=found.refused,
        rule=found.rule,
        as_of=found.as_of,
    )


def _needs(result: QuestionResult) -> list[NeedItem]:
    total, question = result.total, result.question
    if question.kind not in NEED_KINDS or not total.amounts or not total.answered:
        return []
    wanted = sorted(zip(result.options, total.amounts, strict=True), key=lambda pair: -pair[1])
    return [
        NeedItem(
            number=result.number,
            question=question.text,
            need=option,
            amount=amount,
            answered=total.answered,
            share=amount / total.answered,
        )
        for option, amount in wanted
    ]


def export_needs(public_id: str, kind: SheetFormat, actor: Actor) -> tuple[str, bytes]:
    """The list of needs with the free words, as a table to take along: its content type and bytes. It is logged."""
    survey, found = _find(public_id, actor), read_results(public_id, actor)
    if found.refused:
        raise Conflict("results_withheld", found.refused)
    subject = audit.Subject(f"survey:{survey.public_id}", survey.organization_id)
    actor_id, what = actor.caller.account_id, f"{survey.title}（{kind.value}）"
    in_unit_of_work(lambda: audit.record("survey.exported", subject, actor_id=actor_id, purpose=what, now=actor.now))
    rows = [row for one in found.results for row in _export_rows(one, actor)]
    return ("text/csv", as_csv(HEADINGS, rows)) if kind is SheetFormat.CSV else (XLSX, as_xlsx(HEADINGS, rows))


def _export_rows(result: QuestionResult, actor: Actor) -> list[tuple[object, ...]]:
    at = actor.now.astimezone(actor.timezone).isoformat(timespec="seconds")
    end = ("按选项计数，每人每项计一次", at)
    asked = (result.number, result.question.text)
    if result.total.withheld:
        return [(*asked, TOO_FEW, "", "", "", *end)]
    if result.question.kind is QuestionKind.TEXT:
        return [(*asked, text, "", result.total.answered, "", "原话，不署名", at) for text in result.texts]
    if result.average is not None:
        return [(*asked, f"平均 {result.average:.1f} 分", "", result.total.answered, "", "1 至 5 分的平均", at)]
    return [(*asked, one.need, one.amount, one.answered, f"{one.share:.1%}", *end) for one in _needs(result)]
