"""The life of a lesson, as one table."""

from enum import StrEnum


class LessonState(StrEnum):
    """Where a lesson stands."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class LessonEvent(StrEnum):
    """What can be done to a lesson; PUBLISH is done by the clock alone."""

    REVISE = "revise"
    SUBMIT = "submit"
    APPROVE = "approve"
    RETURN = "return"
    SCHEDULE = "schedule"
    PUBLISH = "publish"
    WITHDRAW = "withdraw"


_S, _E = LessonState, LessonEvent

# a revised lesson starts anew: what was approved is what is published
TRANSITIONS: dict[tuple[LessonState, LessonEvent], LessonState] = {
    (_S.DRAFT, _E.REVISE): _S.DRAFT,
    (_S.DRAFT, _E.SUBMIT): _S.IN_REVIEW,
    (_S.DRAFT, _E.WITHDRAW): _S.WITHDRAWN,
    (_S.IN_REVIEW, _E.APPROVE): _S.APPROVED,
    (_S.IN_REVIEW, _E.RETURN): _S.DRAFT,
    (_S.IN_REVIEW, _E.WITHDRAW): _S.WITHDRAWN,
    (_S.APPROVED, _E.REVISE): _S.DRAFT,
    (_S.APPROVED, _E.SCHEDULE): _S.SCHEDULED,
    (_S.APPROVED, _E.WITHDRAW): _S.WITHDRAWN,
    (_S.SCHEDULED, _E.SCHEDULE): _S.SCHEDULED,
    (_S.SCHEDULED, _E.PUBLISH): _S.PUBLISHED,
    (_S.SCHEDULED, _E.WITHDRAW): _S.WITHDRAWN,
    (_S.PUBLISHED, _E.WITHDRAW): _S.WITHDRAWN,
}

LABELS: dict[LessonState, str] = {
    _S.DRAFT: "草稿",
    _S.IN_REVIEW: "待审核",
    _S.APPROVED: "已通过",
    _S.SCHEDULED: "已排期",
    _S.PUBLISHED: "已发布",
    _S.WITHDRAWN: "已撤下",
}

ACTION_LABELS: dict[LessonEvent, str] = {
    _E.REVISE: "修改",
    _E.SUBMIT: "提交审核",
    _E.APPROVE: "通过",
    _E.RETURN: "退回修改",
    _E.SCHEDULE: "排期",
    _E.PUBLISH: "发布",
    _E.WITHDRAW: "撤下",
}

# what the log knows beside the events of the table, and every step of it in words
WRITTEN, NAMED_STAND_IN, UNNAMED_STAND_IN = "write", "stand_in", "no_stand_in"
STEP_LABELS: dict[str, str] = {
    **{event.value: label for event, label in ACTION_LABELS.items()},
    WRITTEN: "写成初稿",
    NAMED_STAND_IN: "设为备用课",
    UNNAMED_STAND_IN: "不再作备用课",
}

# states that hold a Sunday: one lesson a Sunday per publishing organisation
HOLDING_A_SUNDAY = frozenset({_S.SCHEDULED, _S.PUBLISHED})


def next_state(state: LessonState, event: LessonEvent) -> LessonState | None:
    """Where `event` leads from `state`; None where it is not allowed."""
    return TRANSITIONS.get((state, event))
