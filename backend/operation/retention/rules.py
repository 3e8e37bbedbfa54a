"""How long everything personal is kept that does not stay with its record, on one screen."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from backend.branch_life.activities import rules as activities
from backend.branch_life.activities.due import forget_coordinates, forget_devices, purge_wrong_codes
from backend.branch_life.minutes import rules as minutes
from backend.branch_life.minutes.documents import drop_documents
from backend.learning.surveys import due as surveys
from backend.messaging.due import EVENTS_KEPT, purge_old
from backend.people.access import TOKEN_LIFE
from backend.people.desk_logins.due import purge_log_in_traces
from backend.people.due import purge_ended_tokens
from backend.service.join_codes.due import purge_wrong_join_codes
from backend.service.join_codes.guessing import WRONG_CODES_KEPT
from backend.service.orders import retention as orders

PIPL = "《中华人民共和国个人信息保护法》第十九条：保存期限为实现目的所必要的最短时间"
OWN = "本系统设定"


@dataclass(frozen=True)
class RetentionRule:
    """What is let go of, how long it is kept, why just so long, and how it goes (answers how many went)."""

    name: str
    label: str
    kept: timedelta
    source: str
    let_go: Callable[..., int]


RETENTION = (
    RetentionRule(
        "coordinates",
        "签到时手机的位置",
        activities.COORDINATES_KEPT.value,
        activities.COORDINATES_KEPT.source,
        forget_coordinates,
    ),
    RetentionRule(
        "devices", "签到用的手机标识", activities.DEVICES_KEPT.value, activities.DEVICES_KEPT.source, forget_devices
    ),
    RetentionRule("wrong_codes", "输错的签到码", activities.WRONG_CODES_KEPT.value, OWN, purge_wrong_codes),
    RetentionRule("wrong_join_codes", "输错的加入码", WRONG_CODES_KEPT.value, OWN, purge_wrong_join_codes),
    RetentionRule("tokens", "登录凭证", TOKEN_LIFE, "到期即删", purge_ended_tokens),
    RetentionRule("log_in_traces", "电脑端登录尝试", timedelta(days=1), "时限一过即删", purge_log_in_traces),
    RetentionRule("survey_drafts", "没交的调研草稿", surveys.DRAFTS_KEPT, "调研截止后用不上了", surveys.drop_drafts),
    RetentionRule("survey_words", "调研的实名答卷和原话（计数保留）", surveys.WORDS_KEPT, OWN, surveys.drop_words),
    RetentionRule("messages", "消息与通知", EVENTS_KEPT, OWN, purge_old),
    RetentionRule(
        "dropped_documents",
        "从会议记录里撤下的附件",
        minutes.DROPPED_KEPT.value,
        minutes.DROPPED_KEPT.source,
        drop_documents,
    ),
    RetentionRule("order_photos", "已办结工单的照片和录音", orders.KEPT.value, PIPL, orders.drop_photos),
    RetentionRule(
        "order_contacts",
        "已办结工单的联系人、受助人和位置，代办工单的文字",
        orders.KEPT.value,
        PIPL,
        orders.drop_contacts,
    ),
)
