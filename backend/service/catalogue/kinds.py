"""What a kind of service is made of beside its name: who may take it, and what it asks of the requester."""

from datetime import date
from enum import StrEnum

from pydantic import Field

from backend.core.errors import Invalid
from backend.core.http import Shape

Answer = str | int | bool
LONGEST_ANSWER, LARGEST_NUMBER = 200, 9_999


class Takers(StrEnum):
    """Who may take orders of a kind."""

    HELPERS = "helpers"
    MEMBERS = "members"
    LECTURERS = "lecturers"
    ANY_MEMBER = "any_member"


TAKER_LABELS = {
    Takers.HELPERS: "本支部党员、志愿者和服务队",
    Takers.MEMBERS: "本支部党员",
    Takers.LECTURERS: "党课讲师",
    Takers.ANY_MEMBER: "任何党员，以及本支部志愿者",
}


class QuestionType(StrEnum):
    """What an answer looks like."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"
    DATE = "date"
    CHOICE = "choice"


class Choice(Shape):
    """One of the answers to choose from."""

    value: str
    label: str


class Question(Shape):
    """Something that the form of a kind asks beside title, words and place."""

    code: str
    label: str
    type: QuestionType = QuestionType.TEXT
    required: bool = False
    choices: list[Choice] = Field([], description="for type choice")


class GivenAnswer(Shape):
    """An answer as people read it; the question's words are kept with it."""

    code: str
    label: str
    text: str


def read_answers(asked: list[Question], answers: dict[str, Answer]) -> list[dict[str, str]]:
    """The answers in the order of the questions, as they are kept; 422 naming every faulty one."""
    known = {one.code for one in asked}
    faults = [_fault(code, "unknown_question", "这个服务类别没有这一项") for code in answers if code not in known]
    given = []
    for question in asked:
        if question.code not in answers:
            faults += [_fault(question.code, "missing", f"请填写“{question.label}”")] if question.required else []
            continue
        text = _text(question, answers[question.code])
        if text is None:
            faults.append(_fault(question.code, f"bad_{question.type}", f"“{question.label}”填写有误"))
        else:
            given.append({"code": question.code, "label": question.label, "text": text})
    if faults:
        raise Invalid(errors=faults)
    return given


def _fault(code: str, kind: str, message: str) -> dict[str, str]:
    return {"field": f"answers.{code}", "code": kind, "message": message}


def _text(question: Question, answer: Answer) -> str | None:
    """The answer in words; None for one of the wrong type."""
    match question.type:
        case QuestionType.FLAG:
            return ("是" if answer else "否") if isinstance(answer, bool) else None
        case QuestionType.NUMBER:
            fits = isinstance(answer, int) and not isinstance(answer, bool) and 0 <= answer <= LARGEST_NUMBER
            return str(answer) if fits else None
        case QuestionType.CHOICE:
            return next((one.label for one in question.choices if one.value == answer), None)
        case QuestionType.DATE:
            return _day(answer)
        case QuestionType.TEXT:
            return answer if isinstance(answer, str) and 0 < len(answer) <= LONGEST_ANSWER else None


def _day(answer: Answer) -> str | None:
    try:
        return date.fromisoformat(str(answer)).isoformat()
    except ValueError:
        return None
