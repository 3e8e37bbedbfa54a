"""Answering: once for good where it is anonymous, anew until the end where it bears one's name."""

from collections.abc import Mapping
from typing import Any

import peewee as pw

from backend.core.database import change_row, in_unit_of_work, insert_row
from backend.core.errors import Conflict, NotFound
from backend.learning.lessons.service import Actor
from backend.learning.surveys.access import belongs, find_survey, standing_of
from backend.learning.surveys.cells import cells_of
from backend.learning.surveys.counting import count, slots_of
from backend.learning.surveys.models import (
    Survey,
    SurveyDraft,
    SurveyParticipation,
    SurveySheet,
    SurveyText,
    random_number,
)
from backend.learning.surveys.questions import Answer, Answers, checked, questions_of
from backend.learning.surveys.schemas import AnswerSurvey, KeepDraft, Standing
from backend.people.models import Member, Organization


def answer_survey(public_id: str, body: AnswerSurvey, actor: Actor) -> Survey:
    """Hand in one's answers. The same nonce again is quiet; other ones replace the first where these bear a name.

    Raises 409 `already_answered` for a second time without names, `survey_not_open` outside its hours.
    """

    def work() -> Survey:
        survey, member = _asked(public_id, actor)
        own: SurveyParticipation | None = SurveyParticipation.get_or_none(
            SurveyParticipation.survey == survey, SurveyParticipation.member == member
        )
        if own is not None and own.nonce == body.nonce:
            return survey  # the answer to the first request was lost on its way
        _require_open(survey, actor)
        answers = checked(questions_of(survey.questions), body.answers, complete=True)
        _participate(survey, member, own, body.nonce, actor)
        if survey.anonymous:
            _count_unseen(survey, member, answers, actor)
        else:
            _count_under_name(survey, member, answers, actor)
        return survey

    try:
        return in_unit_of_work(work)
    except pw.IntegrityError:  # one's other phone was faster: what it wrote is there now
        return in_unit_of_work(work)


def keep_draft(public_id: str, body: KeepDraft, actor: Actor) -> Survey:
    """Keep what is filled in so far, under one's name; 409 for an anonymous one, whose draft stays on the phone."""

    def work() -> Survey:
        survey, member = _asked(public_id, actor)
        if survey.anonymous:
            raise Conflict("anonymous_draft", "匿名调研的草稿只留在您的手机上，不上传")
        _require_open(survey, actor)
        answers = checked(questions_of(survey.questions), body.answers, complete=False)
        kept = {"answers": _stored(answers), "saved_at": actor.now}
        mine = {"survey": survey, "member": member}
        SurveyDraft.insert({**mine, **kept}).on_conflict_ignore().execute()
        SurveyDraft.update(kept).where(_own(SurveyDraft, survey, member)).execute()
        return survey

    return in_unit_of_work(work)


def _asked(public_id: str, actor: Actor) -> tuple[Survey, Member]:
    """The survey and the member, if it is meant for him; raises NotFound."""
    survey = find_survey(public_id)
    if standing_of(survey, actor.now) is Standing.DRAFT or not belongs(survey, actor):
        raise NotFound()
    member: Member = (
        Member.select(Member, Organization).join(Organization).where(Member.id == actor.caller.member_id).get()
    )
    return survey, member


def _require_open(survey: Survey, actor: Actor) -> None:
    standing = standing_of(survey, actor.now)
    if standing is Standing.WAITING:
        raise Conflict("survey_not_open", "调研还没有开始")
    if standing is not Standing.OPEN:
        raise Conflict("survey_not_open", "调研已经截止，不再收答卷；您填的内容没有提交")


def _participate(survey: Survey, member: Member, own: SurveyParticipation | None, nonce: str, actor: Actor) -> None:
    """Note who has answered; without names, no instant beside it that could lead to what was answered."""
    at = None if survey.anonymous else actor.now
    if own is None:
        insert_row(SurveyParticipation, survey=survey.id, member=member.id, nonce=nonce, answered_at=at)
        return
    if survey.anonymous:
        raise Conflict("already_answered", "您已经填过了。匿名答卷交上后认不出是谁的，所以不能再改")
    changes = {"nonce": nonce, "answered_at": at}
    if change_row(SurveyParticipation, changes, where={"id": own.id, "nonce": own.nonce}) != 1:
        raise Conflict("answered_elsewhere", "您刚在另一台手机上改过，请刷新后再看")


def _count_unseen(survey: Survey, member: Member, answers: Answers, actor: Actor) -> None:
    """Only counters move, and words go under random numbers: no row says which answers belong together."""
    count(survey.id, cells_of(member, actor.today), slots_of(answers), 1)
    _write_texts(survey, answers, None)


def _count_under_name(survey: Survey, member: Member, answers: Answers, actor: Actor) -> None:
    """The sheet takes the place of the former one, in the counters, too."""
    former: SurveySheet | None = SurveySheet.get_or_none(_own(SurveySheet, survey, member))
    if former is not None:
        count(survey.id, former.cells, slots_of(_read(former.answers)), -1)
        former.delete_instance()  # its words go with it
    cells = cells_of(member, actor.today)
    kept: dict[str, Any] = {"answers": _stored(answers), "cells": cells, "saved_at": actor.now}
    sheet = insert_row(SurveySheet, survey=survey.id, member=member.id, **kept)
    count(survey.id, cells, slots_of(answers), 1)
    _write_texts(survey, answers, sheet)
    SurveyDraft.delete().where(_own(SurveyDraft, survey, member)).execute()


def _write_texts(survey: Survey, answers: Answers, sheet: int | None) -> None:
    for number, one in answers.items():
        if one.text:
            words: dict[str, Any] = {"question": number, "text": one.text, "sheet": sheet}
            insert_row(SurveyText, id=random_number(), survey=survey.id, **words)


def _own(table: Any, survey: Survey, member: Member) -> Any:
    return (table.survey == survey.id) & (table.member == member.id)


def _stored(answers: Answers) -> list[dict[str, Any]]:
    return [one.model_dump(exclude_defaults=True) for one in answers.values()]


def _read(stored: list[Mapping[str, Any]]) -> Answers:
    return {one.question: one for one in map(Answer.model_validate, stored)}
