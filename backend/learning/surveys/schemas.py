"""What the survey calls take and give."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from backend.core.http import Body, Instant, Shape
from backend.core.pages import PageQuery
from backend.core.wording import Line
from backend.learning.surveys.questions import MOST_QUESTIONS, Answer, Question
from backend.people.schemas import OrganizationBrief

QUOTA = 20  # percent of the members of every sector, a year: S3 党员教育培训需求调研制度
Code = Annotated[Line, Field(min_length=1, max_length=40)]
Nonce = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{8,40}$")]


class Standing(StrEnum):
    """How a survey stands at an instant."""

    DRAFT = "draft"
    WAITING = "waiting"
    OPEN = "open"
    CLOSED = "closed"


STANDING_LABELS = {
    Standing.DRAFT: "草稿",
    Standing.WAITING: "还没开始",
    Standing.OPEN: "正在填写",
    Standing.CLOSED: "已截止",
}


class SurveyContent(Body):
    """A survey as its author writes it."""

    title: Line = Field(min_length=1, max_length=60)
    purpose: Line = Field(min_length=1, max_length=200, description="one sentence: what the answers are for")
    anonymous: bool
    quota_percent: int = Field(QUOTA, ge=1, le=100, description="of the members of every sector")
    opens_at: AwareDatetime
    closes_at: AwareDatetime
    questions: list[Question] = Field(min_length=1, max_length=MOST_QUESTIONS)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.closes_at <= self.opens_at:
            raise ValueError("截止时间须晚于开始时间")
        return self


class WriteSurvey(SurveyContent):
    """A draft for all below an organisation."""

    organization: Code


class PostponeSurvey(Body):
    """Another end for a survey that is open."""

    closes_at: AwareDatetime


class KeepDraft(Body):
    """Answers under one's name, not handed in yet."""

    answers: list[Answer] = Field(max_length=MOST_QUESTIONS)


class AnswerSurvey(KeepDraft):
    """Answers handed in; the same nonce twice has its effect once."""

    nonce: Nonce


class SurveyQuery(PageQuery):
    """Those of an organisation, or those that wait for one's own answers."""

    organization: Code | None = None
    to_answer: bool = Field(False, description="open now, meant for the caller and not answered by him")


class PartQuery(Body):
    """Of which part: the organisation of the survey, or one below it."""

    organization: Code


class SheetFormat(StrEnum):
    """How a list is taken along."""

    CSV = "csv"
    XLSX = "xlsx"


class NeedsExportQuery(Body):
    """As which kind of file."""

    format: SheetFormat = SheetFormat.XLSX


class OrderLecture(Body):
    """Which line of the list of needs, and for which branch."""

    number: int = Field(ge=1, le=MOST_QUESTIONS, description="of the question")
    need: Line = Field(min_length=1, max_length=200)
    organization: Line = Field(min_length=1, max_length=40, description="code of the branch that wants to hear it")
    consent: bool = Field(False, description="agrees that handlers get the phone, when `no_consent` was the answer")


class SurveyTemplate(Shape):
    """Questions to begin from."""

    name: str
    title: str
    purpose: str
    questions: list[Question]


class SurveyBrief(Shape):
    """A survey in a list."""

    id: str
    organization: OrganizationBrief
    title: str
    purpose: str
    anonymous: bool
    quota_percent: int
    standing: Standing
    standing_label: str
    opens_at: Instant
    ends_at: Instant
    questions: int
    answered: bool = Field(description="by the caller")


class OwnAnswers(Shape):
    """What the caller may do and has done. Answers to an anonymous survey cannot be shown again, to nobody."""

    may_answer: bool
    answered: bool
    may_change: bool
    answers: list[Answer]
    is_draft: bool


class SurveyView(Shape):
    """A survey with its questions, and the caller's own part in it."""

    id: str
    organization: OrganizationBrief
    title: str
    purpose: str
    anonymous: bool
    quota_percent: int
    standing: Standing
    standing_label: str
    opens_at: Instant
    ends_at: Instant
    questions: list[Question]
    own: OwnAnswers
    actions: list[str] = Field(description="what the caller may do now: revise, discard, open, postpone, close")
    sees: list[str] = Field(description="what the caller may read: fill, results")


class SectorFill(Shape):
    """How far one sector has answered; `refused` says why there is no share."""

    sector: str
    label: str
    denominator: int
    answered: int
    needed: int
    share: float | None
    met: bool | None
    refused: str | None


class FillExclusion(Shape):
    """Members who are not counted, and why."""

    reason: str
    count: int


class SurveyFill(Shape):
    """Live fill against the quota, sector by sector."""

    organization: OrganizationBrief
    quota_percent: int
    sectors: list[SectorFill]
    rule: str
    source: str
    exclusions: list[FillExclusion]
    as_of: Instant


class MissingMember(Shape):
    """Somebody of one's own branch who may be asked in person, by name and without any order of merit."""

    member: str
    name: str


class MissingMembers(Shape):
    """Members of one branch who have not answered, by the order of the roster; only where answers bear names."""

    organization: OrganizationBrief
    members: list[MissingMember]
    as_of: Instant


class CellResult(Shape):
    """One cell of a cross-table: how many answered, and how many chose each option; nothing where it is withheld."""

    cell: str
    label: str
    answered: int | None
    amounts: list[int] | None
    withheld: bool


class CrossTable(Shape):
    """One question, parted by one trait."""

    dimension: str
    label: str
    cells: list[CellResult]


class QuestionResult(Shape):
    """One question: how many answered, what they chose or wrote, and its cross-tables."""

    number: int
    question: Question
    options: list[str]
    total: CellResult
    average: float | None = Field(description="of a scale")
    texts: list[str]
    tables: list[CrossTable]


class SurveyResults(Shape):
    """What came out, as far as nobody can be told from it."""

    survey: SurveyBrief
    answered: int
    results: list[QuestionResult]
    refused: str | None = Field(description="why there is nothing to see yet")
    rule: str
    as_of: Instant


class NeedItem(Shape):
    """One line of the list of needs (学习需求清单)."""

    number: int
    question: str
    need: str
    amount: int
    answered: int
    share: float


class SurveyNeeds(Shape):
    """What was chosen, question by question, the most wanted first."""

    survey: SurveyBrief
    items: list[NeedItem]
    refused: str | None
    rule: str
    as_of: Instant
