"""The yearly survey of training needs, ready to be copied (row 3.1: 《党员教育培训调查问卷》)."""

from backend.learning.surveys.questions import Question, QuestionKind
from backend.learning.surveys.schemas import SurveyTemplate

S, M, P, T = QuestionKind.SINGLE, QuestionKind.MULTIPLE, QuestionKind.SCALE, QuestionKind.TEXT
NOW, NEXT = "这一年学得怎样", "明年想学什么"

YEARLY = SurveyTemplate(
    name="yearly",
    title="党员教育培训需求调研",
    purpose="了解大家明年想学什么、怎么学方便，据此列出学习需求清单，安排课程和老师。",
    questions=[
        Question(kind=P, section=NOW, text="这一年组织的学习对您有多大帮助？"),
        Question(
            kind=M,
            section=NOW,
            text="没能参加学习，多半因为什么？",
            required=False,
            options=["时间冲突", "路远不方便", "人在外地", "内容用不上", "身体原因", "没有这种情况"],
        ),
        Question(
            kind=M,
            section=NEXT,
            text="想学哪些内容？",
            options=[
                "党的创新理论",
                "党章党规党纪",
                "党史和先进典型",
                "惠民政策解读",
                "基层治理和群众工作",
                "法律常识",
                "实用技能和就业创业",
                "手机和数字应用",
                "健康和急救",
            ],
            most=3,
        ),
        Question(
            kind=M,
            section=NEXT,
            text="哪些方式您愿意来？",
            options=["集中上课", "现场教学、参观", "五分钟微党课", "送学上门", "小组讨论", "线上直播或录播"],
            most=2,
        ),
        Question(
            kind=S,
            section=NEXT,
            text="什么时间合适？",
            options=["工作日白天", "工作日晚上", "周末", "农闲或返乡时节", "随时，自己学"],
        ),
        Question(
            kind=S, section=NEXT, text="一次多长合适？", options=["半小时以内", "一小时左右", "半天", "一天或以上"]
        ),
        Question(kind=P, section=NEXT, text="您有多愿意把自己会的讲给大家听？", required=False),
        Question(kind=T, section=NEXT, text="还想学什么，或有什么建议？", required=False, longest=200),
    ],
)
TEMPLATES = (YEARLY,)
