"""What priorities and stages are called for people."""

from backend.service.models import Priority, Stage

PRIORITY_LABELS = {
    Priority.URGENT: "紧急",
    Priority.PROMPT: "及时",
    Priority.ORDINARY: "一般",
    Priority.DIFFICULT: "疑难",
}
STAGE_LABELS = {
    Stage.ACCEPT: "受理",
    Stage.INFO: "补充",
    Stage.DISPATCH: "派单",
    Stage.CLAIM: "接单",
    Stage.FIRST_CONTACT: "首次联系",
    Stage.RESOLVE: "办理",
    Stage.FOLLOW_UP: "回访",
    Stage.REOPEN: "重办期限",
    Stage.AUTO_CLOSE: "自动结案",
    Stage.OUTCOME: "转办结果",
}
# the rungs of the ladder above 催办 (`domain.md` §4.5), as messages call them
SUPERVISION_LABELS = {1: "一级督办", 2: "二级督办", 3: "三级督办"}
