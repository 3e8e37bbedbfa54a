"""What the catalogue takes and gives over HTTP."""

from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, WithJsonSchema, model_validator

from backend.core.http import Body, Instant, Shape
from backend.core.wording import Line, Prose
from backend.people.schemas import OrganizationBrief
from backend.service.catalogue.kinds import Question, QuestionType, Takers
from backend.service.models import Priority

MOST_QUESTIONS, MOST_CHOICES, MOST_SKILLS = 3, 10, 5


class ServiceTypeQuery(Body):
    """Where somebody wants to order."""

    organization: str | None = Field(None, min_length=1, max_length=40, description="code; else where the caller is")


class ServiceTypeShape(Shape):
    """A kind of service that may be ordered."""

    code: str
    name: str
    hint: str
    needs_evidence: bool
    takers: Takers
    takers_label: str
    questions: list[Question] = Field(description="what the form asks beside title, words and place: `answers`")
    on_board: bool = Field(description="whether it goes to the public board of wishes")
    picture_hint: str = Field(description="to be shown beside the photos of every form")
    emergency: str = Field(description="to be shown above the form of every kind: whom to call where life is in danger")


class AskedQuestion(Body):
    """A question as whoever keeps the catalogue writes it."""

    label: Line = Field(min_length=2, max_length=30, title="问题")
    type: QuestionType = QuestionType.TEXT
    required: bool = False
    choices: list[Annotated[Line, Field(min_length=1, max_length=20)]] = Field([], max_length=MOST_CHOICES)

    @model_validator(mode="after")
    def _choose_from_two(self) -> Self:
        if self.type is QuestionType.CHOICE and len(set(self.choices)) < max(2, len(self.choices)):
            raise ValueError("选择题至少要有两个不同的选项")
        if self.type is not QuestionType.CHOICE and self.choices:
            raise ValueError("只有选择题才有选项")
        return self


# described as what it takes: a number, or its digits as text
Hours = Annotated[
    Decimal,
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": 8},
                {"type": "string", "pattern": r"^[0-8](\.[0-9])?$", "maxLength": 3},
            ]
        }
    ),
]


class SetKind(Body):
    """A kind of service in all its parts."""

    name: Line = Field(min_length=2, max_length=20, title="名称")
    hint: Line = Field(min_length=2, max_length=100, title="一句话说明")
    takers: Takers = Takers.HELPERS
    priority: Priority = Priority.ORDINARY
    needs_evidence: bool = False
    hours: Hours = Field(Decimal("1.0"), ge=0, le=8, decimal_places=1, description="for the handler's study card")
    safeguard: Prose = Field("", max_length=300, description="what whoever takes it has to read first")
    on_board: bool = False
    decides: bool = Field(False, description="whether it ends as adopted or declined, as suggestions do")
    skills: list[Annotated[Line, Field(max_length=20)]] = Field([], max_length=MOST_SKILLS)
    questions: list[AskedQuestion] = Field([], max_length=MOST_QUESTIONS)
    fixed: bool = Field(False, description="whether organisations below may not change it")

    @model_validator(mode="after")
    def _ask_once(self) -> Self:
        if len({one.label for one in self.questions}) < len(self.questions):
            raise ValueError("同一个问题不要问两遍")
        return self


class ChangeKind(SetKind):
    """The next version of a kind; `seen` is the id of the version that was before the eyes of whoever changes it."""

    seen: str = Field(max_length=20)


class SeenKind(Body):
    """Which version was before the eyes of whoever closes a kind, opens it again or takes his own back."""

    seen: str = Field(max_length=20)


class KindShape(Shape):
    """A kind as its keepers see it: closed ones too, with whose it is and who wrote the version that holds."""

    id: str = Field(description="of this version: `seen`")
    code: str
    name: str
    hint: str
    takers: Takers
    takers_label: str
    priority: Priority
    priority_label: str
    needs_evidence: bool
    hours: float
    safeguard: str
    on_board: bool
    decides: bool
    skills: list[str]
    questions: list[Question]
    fixed: bool = Field(description="whether organisations below may not change it")
    closed: bool
    version: int
    organization: OrganizationBrief | None = Field(description="whose version holds; empty: the same everywhere")
    changed_at: Instant | None = Field(description="empty: as installed")
    changed_by: str | None
    may_change: bool = Field(description="whether the caller may change it in the organisation asked about")


class KindChange(Shape):
    """One thing that a version says otherwise than the one before, in words."""

    label: str
    before: str
    after: str


class KindVersion(Shape):
    """A version with who wrote it and what it changed."""

    version: int
    organization: OrganizationBrief | None
    at: Instant | None
    by: str | None
    until: Instant | None = Field(description="empty: it holds")
    changes: list[KindChange] = Field(description="of the first one: all of it")
