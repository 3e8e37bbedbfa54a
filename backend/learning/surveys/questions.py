"""Questions, and what answers to them have to be like."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from backend.core.errors import Invalid, invalid_field
from backend.core.http import Body
from backend.core.wording import Line, Prose

MOST_QUESTIONS, MOST_OPTIONS = 20, 12
SCALE = 5
LONGEST_TEXT, USUAL_TEXT = 500, 200

Option = Annotated[Line, Field(min_length=1, max_length=40)]

Choice = Annotated[int, Field(ge=1, le=MOST_OPTIONS)]


class QuestionKind(StrEnum):
    """How a question is answered; `scale` from 1 (not at all) to 5 (very much)."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    SCALE = "scale"
    TEXT = "text"


class Question(Body):
    """One question. `most`: of several options at most so many; `longest`: characters of a text."""

    kind: QuestionKind
    text: Line = Field(min_length=1, max_length=100)
    section: Line | None = Field(None, min_length=1, max_length=20, description="heading above it")
    required: bool = True
    options: list[Option] = Field(default_factory=list, max_length=MOST_OPTIONS)
    most: int | None = Field(None, ge=1, le=MOST_OPTIONS)
    longest: int = Field(USUAL_TEXT, ge=1, le=LONGEST_TEXT)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        chosen_from = self.kind in (QuestionKind.SINGLE, QuestionKind.MULTIPLE)
        if chosen_from and len(self.options) < 2:
            raise ValueError("选择题至少要有两个选项")
        if not chosen_from and self.options:
            raise ValueError("打分题和填空题不带选项")
        if len(set(self.options)) < len(self.options):
            raise ValueError("选项有重复")
        if self.most is not None and (self.kind is not QuestionKind.MULTIPLE or self.most > len(self.options)):
            raise ValueError("“最多选几项”只用于多选题，不能超过选项个数")
        return self

    @property
    def choices(self) -> int:
        """How many things there are to choose from; none for a text."""
        return SCALE if self.kind is QuestionKind.SCALE else len(self.options)


class Answer(Body):
    """What was chosen, counted from 1, or written; of a scale the point is chosen."""

    question: int = Field(ge=1, le=MOST_QUESTIONS, description="counted from 1")
    choices: list[Choice] = Field(default_factory=list, max_length=MOST_OPTIONS)
    text: Prose | None = Field(None, max_length=LONGEST_TEXT)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was chosen and nothing written."""
        return not self.choices and not self.text


Answers = Mapping[int, Answer]


def checked(questions: Sequence[Question], answers: Sequence[Answer], *, complete: bool) -> Answers:
    """The answers by question, empty ones left out; 422 for what does not fit, and for gaps where `complete`."""
    given: dict[int, Answer] = {}
    for answer in answers:
        if answer.question > len(questions):
            raise _fault(answer.question, "unknown_question", "没有这一题，请刷新后再填")
        if answer.question in given:
            raise _fault(answer.question, "answered_twice", "同一题答了两次")
        if not answer.is_empty:
            _check(questions[answer.question - 1], answer)
            given[answer.question] = answer
    missing = [number for number, one in enumerate(questions, 1) if one.required and number not in given]
    if complete and missing:
        raise _fault(missing[0], "required", f"第 {missing[0]} 题还没有填")
    return given


def _check(question: Question, answer: Answer) -> None:
    number = answer.question
    if question.kind is QuestionKind.TEXT:
        if answer.choices:
            raise _fault(number, "unknown_option", "这一题请用文字回答")
        if len(answer.text or "") > question.longest:
            raise _fault(number, "text_too_long", f"第 {number} 题最多 {question.longest} 个字")
        return
    if answer.text:
        raise _fault(number, "no_text", "这一题请从选项里选")
    if len(set(answer.choices)) < len(answer.choices) or not all(
        1 <= one <= question.choices for one in answer.choices
    ):
        raise _fault(number, "unknown_option", f"第 {number} 题没有这个选项，请刷新后再选")
    most = (question.most or question.choices) if question.kind is QuestionKind.MULTIPLE else 1
    if len(answer.choices) > most:
        raise _fault(number, "too_many_choices", f"第 {number} 题最多选 {most} 项")


def _fault(number: int, code: str, message: str) -> Invalid:
    return invalid_field(f"answers.{number}", code, message)


def questions_of(stored: Sequence[Mapping[str, object]]) -> list[Question]:
    """The questions as a survey keeps them."""
    return [Question.model_validate(one) for one in stored]
