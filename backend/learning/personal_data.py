"""What the learning room knows of a person."""

from backend.learning.lessons.models import Lesson, LessonAnswer, LessonListening, LessonViewer, LessonViewing
from backend.learning.packs.models import ContentPack, PackItem, PackReceipt, PackUse
from backend.learning.surveys.models import Survey, SurveyDraft, SurveyParticipation, SurveySheet
from backend.people.held import DELETED, Fate, Held, exporter

LIFE = Fate("集中收看名单由党支部保存")
WORK = Fate("这是为党组织做的工作，属于党组织的记录")

HELD = (
    Held(
        "收听党课",
        LessonListening.account,
        DELETED,
        ("lesson", "parts", "listened", "position", "plays", "started_at", "heartbeat_at", "done_at"),
    ),
    Held("党课思考题", LessonAnswer.account, DELETED, ("lesson", "choice", "at")),
    Held("集中收看", LessonViewer.member, LIFE, ("viewing", "recorded")),
    Held("组织的集中收看", LessonViewing.keeper, WORK, ("lesson", "organization", "held_at", "place")),
    Held("编写的党课", Lesson.author, WORK, ("title", "organization", "created_at")),
    Held("开设的学习包", ContentPack.opener, WORK, ("title", "organization", "created_at")),
    Held("添加的学习内容", PackItem.author, WORK, ("title", "organization", "created_at")),
    Held("签收的学习包", PackReceipt.account, WORK, ("pack", "organization", "at")),
    Held("填过的调研", SurveyParticipation.member, DELETED, ("survey", "answered_at")),
    Held("实名调研的答卷", SurveySheet.member, DELETED, ("survey", "answers", "saved_at")),
    Held("没交的调研草稿", SurveyDraft.member, DELETED, ("survey", "answers", "saved_at")),
    Held("编写的调研", Survey.author, WORK, ("title", "organization", "created_at")),
    Held("登记的学习", PackUse.account, WORK, ("item", "organization", "used_on", "at")),
)
export = exporter(HELD)
