"""One light question after listening, and the entry on the card that takes a reflection: both for oneself alone."""

from backend.card.models import StudyRecord
from backend.core.database import in_unit_of_work
from backend.core.errors import Conflict, NotFound, invalid_field
from backend.learning.lessons.access import find_visible, is_editor
from backend.learning.lessons.cards import alone_source, together_source
from backend.learning.lessons.models import Lesson, LessonAnswer, LessonListening, LessonViewer, LessonViewing
from backend.learning.lessons.schemas import LessonQuestion, OwnRecord, QuestionView
from backend.learning.lessons.service import Actor
from backend.people.permissions import Caller


def answer_question(public_id: str, choice: int, actor: Actor) -> QuestionView:
    """Keep the caller's answer, the last one if he answers again, and tell him what is right and why.

    Raises 404 for a lesson without a question, 409 `not_heard` before it was heard, alone or together.
    """

    def work() -> Lesson:
        lesson = find_visible(public_id, caller=actor.caller, today=actor.today)
        if lesson.question is None:
            raise NotFound()
        if choice >= len(lesson.question["choices"]):
            raise invalid_field("choice", "unknown_choice", "没有这个选项，请重新选择")
        if not _has_heard(lesson, actor.caller):
            raise Conflict("not_heard", "请先听完这讲党课，再回答思考题")
        _keep(lesson, choice, actor)
        return lesson

    shown = show_question(in_unit_of_work(work), actor.caller)
    assert shown
    return shown


def _keep(lesson: Lesson, choice: int, actor: Actor) -> None:
    account = actor.caller.account_id
    LessonAnswer.insert(lesson=lesson, account=account, choice=choice, at=actor.now).on_conflict_ignore().execute()
    mine = (LessonAnswer.lesson == lesson) & (LessonAnswer.account == account)
    LessonAnswer.update(choice=choice, at=actor.now).where(mine).execute()


def _has_heard(lesson: Lesson, caller: Caller) -> bool:
    alone = LessonListening.select(LessonListening.id).where(
        LessonListening.lesson == lesson,
        LessonListening.account == caller.account_id,
        LessonListening.done_at.is_null(False),
    )
    return bool(alone.exists()) or bool(_viewings_with(lesson, caller))


def _viewings_with(lesson: Lesson, caller: Caller) -> list[int]:
    """The viewings in force on whose roll the caller stands."""
    if caller.member_id is None:
        return []
    rows = (
        LessonViewing.select(LessonViewing.id)
        .join(LessonViewer)
        .where(
            LessonViewing.lesson == lesson,
            LessonViewing.voided_at.is_null(),
            LessonViewer.member == caller.member_id,
        )
    )
    return [row.id for row in rows]


def show_question(lesson: Lesson, caller: Caller) -> QuestionView | None:
    """The question of a lesson, with what is right for whoever has answered or edits it."""
    if lesson.question is None:
        return None
    question = LessonQuestion.model_validate(lesson.question)
    own: LessonAnswer | None = LessonAnswer.get_or_none(
        LessonAnswer.lesson == lesson, LessonAnswer.account == caller.account_id
    )
    told = own is not None or is_editor(caller, lesson)
    return QuestionView(
        text=question.text,
        choices=question.choices,
        chosen=own.choice if own else None,
        answer=question.answer if told else None,
        explanation=question.explanation if told else None,
    )


def own_record(lesson: Lesson, caller: Caller) -> OwnRecord | None:
    """The entry of the lesson on the caller's card, where a reflection may be written; None before it was heard."""
    if caller.member_id is None:
        return None
    together = [together_source(number) for number in _viewings_with(lesson, caller)]
    record: StudyRecord | None = (
        StudyRecord.select()
        .where(
            StudyRecord.member == caller.member_id,
            StudyRecord.source.in_([alone_source(lesson.id), *together]),
            StudyRecord.voided_at.is_null(),
        )
        .order_by(StudyRecord.id)
        .first()
    )
    return OwnRecord(id=record.public_id, reflection=record.reflection) if record else None
