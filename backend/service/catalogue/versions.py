"""What one version of a kind says otherwise than another, in words that a secretary reads."""

from typing import Any

from backend.service.catalogue.kinds import TAKER_LABELS, QuestionType, Takers
from backend.service.catalogue.schemas import KindChange
from backend.service.models import Priority
from backend.service.orders.labels import PRIORITY_LABELS
from backend.service.teams.skills import skill_names

YES, NO, NOTHING = "是", "否", "无"
TYPE_LABELS = {
    QuestionType.TEXT: "填文字",
    QuestionType.NUMBER: "填数字",
    QuestionType.FLAG: "是或否",
    QuestionType.DATE: "选日期",
    QuestionType.CHOICE: "选一项",
}


def differences(before: Any, after: Any) -> list[KindChange]:
    """What was changed, in the order of the form; where nothing was before, all of it."""
    old, new = _said(before) if before is not None else {}, _said(after)
    changed = [label for label in new if old.get(label) != new[label]]
    return [KindChange(label=label, before=old.get(label, ""), after=new[label]) for label in changed]


def _said(row: Any) -> dict[str, str]:
    return {
        "名称": row.name,
        "说明": row.hint,
        "谁能接": TAKER_LABELS[Takers(row.takers)],
        "紧急程度": PRIORITY_LABELS[Priority(row.priority)],
        "点单时问": "；".join(question_words(one) for one in row.questions or []) or NOTHING,
        "办结要照片": YES if row.needs_evidence else NO,
        "服务时长": f"{float(row.hours):g} 小时",
        "上门前必读": row.safeguard or NOTHING,
        "登上心愿墙": YES if row.on_board else NO,
        "答复采纳与否": YES if row.decides else NO,
        "对口技能": "、".join(skill_names(row.skills or [])) or NOTHING,
        "下级不得更改": YES if row.fixed else NO,
        "状态": "停办" if row.closed_at else "办理",
    }


def question_words(question: dict[str, Any]) -> str:
    """A question with how it is answered, in one line."""
    type_ = QuestionType(question["type"])
    choices = "/".join(choice["label"] for choice in question["choices"])
    must = "，必填" if question["required"] else ""
    return f"{question['label']}（{choices or TYPE_LABELS[type_]}{must}）"
