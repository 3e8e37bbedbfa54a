"""Series with issue numbers (书记龙门阵, 党员开会了, 云端党课), and the numbers of a lesson."""

from datetime import datetime
from typing import Any

import peewee as pw
from peewee import Case

from backend.core.crypto import new_public_id
from backend.core.database import in_unit_of_work
from backend.core.errors import Conflict, Forbidden, NotFound, invalid_field
from backend.learning.lessons.access import is_editor
from backend.learning.lessons.models import (
    Lesson,
    LessonListening,
    LessonSeries,
    LessonViewer,
    LessonViewing,
)
from backend.learning.lessons.schemas import LessonNumbers, OpenSeries, SeriesNumbers, SeriesView
from backend.people.access import find_organization, require
from backend.people.directory import brief
from backend.people.models import Organization
from backend.people.permissions import Caller, Right


def open_series(body: OpenSeries, caller: Caller, *, now: datetime) -> SeriesView:
    """A new series of an organisation; 409 `series_exists` for a second one of the name."""

    def work() -> LessonSeries:
        organization = find_organization(body.organization)
        require(caller, Right.REVIEW_LESSONS, organization)
        try:
            made: LessonSeries = LessonSeries.create(
                public_id=new_public_id(), organization=organization, name=body.name, created_at=now
            )
        except pw.IntegrityError:
            raise Conflict("series_exists", "已有同名的系列") from None
        return made

    return _view(in_unit_of_work(work), 0)


def list_series(reach: set[int]) -> list[SeriesView]:
    """The series of these organisations, by name, with how many issues are out."""
    issues = pw.fn.MAX(Lesson.issue)
    rows: pw.ModelSelect[Any] = (
        LessonSeries.select(LessonSeries, Organization, issues.alias("issues"))
        .join(Organization)
        .switch(LessonSeries)
        .join(Lesson, pw.JOIN.LEFT_OUTER, on=(Lesson.series == LessonSeries.id))
        .where(LessonSeries.organization.in_(sorted(reach)))
        .group_by(LessonSeries, Organization)
        .order_by(LessonSeries.name, LessonSeries.id)
    )
    return [_view(row, row.issues or 0) for row in rows]


def _view(series: LessonSeries, issues: int) -> SeriesView:
    return SeriesView(id=series.public_id, organization=brief(series.organization), name=series.name, issues=issues)


def find_series(public_id: str, *, organization: Organization) -> LessonSeries:
    """A series of this organisation or of one above it, which may carry what is made below; else 422."""
    above = [int(step) for step in organization.path.rstrip(".").split(".")]
    series: LessonSeries | None = LessonSeries.get_or_none(
        LessonSeries.public_id == public_id, LessonSeries.organization.in_(above)
    )
    if series is None:
        raise invalid_field("series", "unknown_series", "没有这个系列")
    return series


def number_issue(lesson: Lesson) -> None:
    """Give a lesson of a series the next issue number, in the unit of work that publishes it.

    Two machines at once would get the same number: the unique index lets one through, the other comes next tick.
    """
    if lesson.series_id is None:
        return
    last = Lesson.select(pw.fn.MAX(Lesson.issue)).where(Lesson.series == lesson.series_id).scalar()
    lesson.issue = (last or 0) + 1
    Lesson.update(issue=lesson.issue).where(Lesson.id == lesson.id).execute()


def numbers_of(lesson: Lesson, caller: Caller) -> LessonNumbers:
    """Plays, persons and rolls of a lesson, for its editors; raises Forbidden."""
    if not is_editor(caller, lesson):
        raise Forbidden()
    return LessonNumbers(**_numbers(Lesson.id == lesson.id))


def numbers_of_series(public_id: str, caller: Caller) -> SeriesNumbers:
    """The same over all issues of a series, for those who review there; raises NotFound and Forbidden."""
    series: LessonSeries | None = (
        LessonSeries.select(LessonSeries, Organization)
        .join(Organization)
        .where(LessonSeries.public_id == public_id)
        .first()
    )
    if series is None:
        raise NotFound()
    require(caller, Right.REVIEW_LESSONS, series.organization, see=Right.REVIEW_LESSONS)
    issues = (Lesson.series == series.id) & Lesson.issue.is_null(False)
    return SeriesNumbers(issues=Lesson.select().where(issues).count(), **_numbers(issues))


def _numbers(which: pw.Expression) -> dict[str, int]:
    plays, persons, heard = (
        LessonListening.select(
            pw.fn.SUM(LessonListening.plays),
            pw.fn.COUNT(LessonListening.account.distinct()),
            pw.fn.COUNT(Case(None, [(LessonListening.done_at.is_null(False), LessonListening.account)]).distinct()),
        )
        .join(Lesson)
        .where(which)
        .scalar(as_tuple=True)
    )
    standing = which & LessonViewing.voided_at.is_null()
    viewings = LessonViewing.select().join(Lesson).where(standing)
    on_rolls = LessonViewer.select().join(LessonViewing).join(Lesson).where(standing)
    return {
        "plays": int(plays or 0),
        "persons": persons,
        "heard": heard,
        "viewings": viewings.count(),
        "on_rolls": on_rolls.count(),
    }
