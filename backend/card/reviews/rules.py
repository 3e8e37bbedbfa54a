"""Grades of an appraisal and the limits of what is reviewed, each with its source."""

from datetime import timedelta
from enum import StrEnum

from backend.tally.rules import Rule


class Grade(StrEnum):
    """How the home branch grades a stretch of study."""

    EXCELLENT = "excellent"
    QUALIFIED = "qualified"
    BARELY_QUALIFIED = "barely_qualified"
    UNQUALIFIED = "unqualified"


GRADES = Rule(
    {
        Grade.EXCELLENT: "优秀",
        Grade.QUALIFIED: "合格",
        Grade.BARELY_QUALIFIED: "基本合格",
        Grade.UNQUALIFIED: "不合格",
    },
    "等次",
    "参照民主评议党员的等次（《中国共产党党员教育管理工作条例》第十八条；等次取自某社区办法，可由本地规定替换）",
)
LONGEST_STRETCH = Rule(timedelta(days=366), "一次确认", "本系统建议，可由上级党组织调整")
STATEMENT_YEARS_BACK = Rule(1, "年", "本系统建议：可补交上一年度的述学")
