"""Facts as the rooms write them, one set a topic, with things planted that no group may read.

`python -m tests.messaging.samples` writes the golden texts anew; read the difference before you keep it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from backend.demo.branch import TEMPLATES
from backend.messaging.rules import RULES, Rule
from backend.messaging.texts.shape import Text, fill_template

GOLDEN = Path(__file__).parent / "golden"
# what must never stand in a group, whatever fact it is in
PHONE, PERSON, PLACE, DESCRIPTION = "13812345678", "李桂芳", "三号楼二单元 301 室", "老人夜里上下楼容易摔倒"
PLANTED = {
    "phone": PHONE,
    "contact": {"name": PERSON, "phone": PHONE},
    "requester": PERSON,
    "handler_name": PERSON,
    "description": DESCRIPTION,
    "address": PLACE,
    "note": f"{PERSON}（{PHONE}）说：{DESCRIPTION}",
    "member": PERSON,
}

ORDER = {
    **PLANTED,
    "number": "261123-483920",
    "title": f"{PLACE}楼道灯不亮",
    "service_type": "设施维修",
    "place": PLACE,
    "state": "待受理",
    "organization": "大河社区第一党支部",
    "handler": "赵**",
    "target": "member",
    "at": "2026-11-23T09:00:00+08:00",
    "due_at": "2026-11-23T11:00:00+08:00",
    "rating": "满意",
    "reason": "缺配件，要等厂家",
    "request": "hold",
    "receiver": "县住建局",
    "receipt_number": "ZJ-2026-0117",
    "parent": "261120-000381",
    "level": 1,
    "reply_due_at": "2026-11-24T17:00:00+08:00",
    "stage_label": "办理",
    "percent": 80,
    "helper": "钱**",
}
ACTIVITY = {
    **PLANTED,
    "activity": "mfrggzdfmztwq2lk",
    "kind": "主题党日",
    "title": "重走小平求学路，重温入党誓词，共话社区治理",
    "place": "社区党群服务中心二楼",
    "starts_at": "2026-11-27T09:30:00+08:00",
    "organization": "大河社区第一党支部",
    "member": "钱**",
    "note": "请联系组织委员",
    "reason": "不在会场",
}
LESSON = {
    **PLANTED,
    "id": "mfrggzdfmztwq2lk",
    "title": "从三湾改编看支部建在连上的由来和今天的意义",
    "lecturer": "吴远",
    "minutes": 5,
    "publish_on": "2026-11-29",
    "at": "2026-11-29T00:00:00+00:00",
    "organization": "大河县委",
    "note": "第三段音量太低，请重录",
    "stand_in": "党章里的组织生活",
    "month": "2026-12",
    "items": 3,
    "first": "学习材料一",
}
POSTS = (
    "【党课星期天】《从三湾改编看支部建在连上》\n主讲：吴远，约 5 分钟\n打开小程序“支部”即可收听，文字稿同页可读。",
    "【主题党日】重走小平求学路\n时间：11月27日 09:30\n地点：社区党群服务中心二楼\n到场请打开小程序扫码签到。",
    "【群众点单】大河社区第一党支部有 1 件“设施维修”已派单，感谢接单的同志。",
)
GROUP = {
    **PLANTED,
    "group": "大河社区第一党支部工作群",
    "title": "党课星期天",
    "reason": "93000",
    "posts": POSTS,
    "organization": "大河社区第一党支部",
}
CLAIM = {**PLANTED, "id": "c1", "name": "冯*", "organization": "大河社区第一党支部", "code": "DH-01-01"}
FLOATING = {
    **PLANTED,
    "id": "mfrggzdfmztwq2lk",
    "member": "钱**",
    "home": "大河社区第一党支部",
    "host": "南山驻深流动党员党支部",
    "reason": "本支部三个月内即将撤销",
    "contact": "冯*",
    "months": 3,
    "clause": "《中国共产党党员教育管理工作条例》第三十四条：出国（境）的至少每半年联系一次",
}
TEAM = {
    **PLANTED,
    "id": "mfrggzdfmztwq2lk",
    "team": "红马甲维修队",
    "name": "冯*",
    "organization": "大河社区第一党支部",
}
HOUSEHOLD = {**PLANTED, "grid": "第三网格", "door": "三号楼二单元 301"}
POST = {
    **PLANTED,
    "organization": "大河社区第一党支部",
    "code": "DH-01-01",
    "role": "组织委员",
    "roles": "书记、组织委员、宣传委员",
    "starts_on": "2026-11-23",
    "ends_on": "2031-11-22",
    "at_once": False,
    "months": 6,
    "clause": "《中国共产党支部工作条例（试行）》：村、社区党支部委员会每届任期5年",
    "count": 7,
    "names": ["大河社区第一党支部", "大河社区第二党支部", "南河村党支部"],
    "above": "大河街道党工委",
    "above_code": "DH-01",
}
REMINDER = {
    **ACTIVITY,
    "code": "DH-01-01",
    "days": 3,
    "period": " 11 月",
    "due_on": "2026-11-30",
    "held_on": "2026-11-20",
    "text": "联系镇供水站，落实三号楼换管时间",
    "late": False,
    "lines": [["待受理", 2], ["待接单", 1]],
    "page": "pages/order/list?organization=DH-01-01",
    "years": 12,
    "year": 2026,
    "id": "mfrggzdfmztwq2lk",
    "coming": [
        {"title": "重走小平求学路，重温入党誓词", "starts_at": "2026-11-27T09:30:00+08:00"},
        {"title": "党员大会", "starts_at": "2026-12-11T19:00:00+08:00"},
    ],
    "more": 0,
}
SURVEY = {
    **PLANTED,
    "id": "mfrggzdfmztwq2lk",
    "title": "党员教育培训需求调研",
    "purpose": "了解大家明年想学什么、怎么学方便，据此列出学习需求清单，安排课程和老师。",
    "anonymous": True,
    "questions": 8,
    "opens_at": None,
    "closes_at": "2026-12-06T18:00:00+08:00",
    "last_on": "2026-12-06",
    "organization": "大河县委",
    "branch": "大河社区第一党支部",
    "due": 24,
    "answered": 2,
    "percent": 20,
    "lacking": 3,
    "days": 3,
}
BY_KIND = {
    "reminder": {**REMINDER, **SURVEY, "organization": REMINDER["organization"], "title": REMINDER["title"]},
    "survey": SURVEY,
    "floating": FLOATING,
    "report_in": {**FLOATING, "organization": "大河社区第一党支部", "confirmed": True},
    "transfer": {**FLOATING, "sender": FLOATING["home"], "receiver": FLOATING["host"], "on": "2026-11-23"},
    "order": ORDER,
    "activity": ACTIVITY,
    "leave": ACTIVITY,
    "make_up": ACTIVITY,
    "check_in": ACTIVITY,
    "joint": {**ACTIVITY, "partner": "南山驻深流动党员党支部"},
    "sign_up": ACTIVITY,
    "lesson": LESSON,
    "pack": LESSON,
    "forward": GROUP,
    "group": GROUP,
    "claim": CLAIM,
    "correction": {**CLAIM, "field": "手机号"},
    "erasure": {**PLANTED, "due_at": "2026-11-30T09:00:00+08:00"},
    "task": {**ACTIVITY, "text": "走访独居老人", "due_on": "2026-12-05"},
    "team": TEAM,
    "household": HOUSEHOLD,
    "post": POST,
    "dues": {**CLAIM, "month": "2026-11", "count": 4},
    "calendar": {**PLANTED, "year": 2027},
    "media": {**PLANTED, "kind": "picture", "note": "照片里有别人家的门牌"},
}
PROPOSED = [
    {"name": "冯磊", "reasons": ["会水电维修", "手上没有任务"]},
    {"name": "红马甲维修队", "reasons": ["3名队员在岗", "队里没有在办的任务"]},
]
COMMITTEE = "《中国共产党支部工作条例（试行）》：党支部委员会设书记和组织委员、宣传委员、纪检委员等"
SECRETARY = "《中国共产党支部工作条例（试行）》：党支部设书记1名"
# topics whose texts differ by a fact
VARIANTS: dict[str, tuple[dict[str, Any], ...]] = {
    "order.submitted": ({}, {"due_at": None}, {"unrouted": True}, {"voice": True}, {"call_owed": True}),
    "order.claim_expired": ({}, {"proposed": PROPOSED}),
    "order.called_back": (
        {"reached": True, "agrees": True, "over": True},
        {"reached": True, "agrees": False, "over": True},
        {"reached": False, "agrees": None, "over": False},
        {"reached": False, "agrees": None, "over": True},
    ),
    "order.reopened": ({}, {"hours_voided": True}),
    "order.dispatched": ({"target": "member"}, {"target": "pool"}, {"target": "team", "team": "红马甲维修队"}),
    "order.completed": ({}, {"rate": "261123-483920.Zm9v"}),
    "forward.due": ({}, {"why": "群主两天内没有发"}),
    "order.closed": ({}, {"rating": None}),
    "order.refused": ({}, {"note": None}),
    "order.request_approved": ({}, {"request": "extend"}, {"request": "return"}),
    "order.supervised": ({}, {"reply_due_at": None}),
    "order.supervised_above": ({"level": 2}, {"level": 3}),
    "order.urged": ({}, {"percent": None}),
    "order.parent_moved": ({}, {"state": "不予受理"}),
    "order.closed_unsatisfied": ({"rating": "不满意"},),
    "order.extended": ({"request": "extend", "until": "2026-12-05T09:00:00+08:00"},),
    "leave.denied": ({}, {"note": None}),
    "lesson.gap": ({}, {"stand_in": None}),
    "pack.published": ({"title": "十二月学习礼包"}, {"title": "十二月学习礼包", "items": 1}),
    "activity.planned": ({}, {"title": "主题党日"}),
    "activity.cancelled": ({"reason": "活动室停电检修"}, {"reason": None, "title": "主题党日"}),
    "report_in.decided": ({}, {"confirmed": False, "reason": "请到居住地所在的第二党支部报到"}),
    "floating.watch_raised": ({}, {"contact": None}),
    "post.appointed": ({}, {"ends_on": None}),
    "post.ended": ({}, {"at_once": True}),
    "post.terms_ending_below": ({}, {"count": 1, "names": ["南河村党支部"]}),
    "post.committee_incomplete": ({"roles": "组织委员、宣传委员", "clause": COMMITTEE},),
    "post.secretaries_missing": ({"clause": SECRETARY}, {"count": 1, "names": ["南河村党支部"], "clause": SECRETARY}),
    "group.digest": ({}, {"posts": POSTS[:1]}, {"posts": [f"第 {number} 件事" for number in range(1, 9)]}),
    "reminder.party_day": ({}, {"days": 1}, {"days": 0}),
    "reminder.party_day_group": ({"days": 1}, {"days": 1, "title": "主题党日"}),
    "reminder.duty": ({}, {"kind": "组织生活会、民主评议党员、党课", "period": " 2026 年"}),
    "reminder.task": ({}, {"late": True}),
    "reminder.study_gap": ({}, {"more": 2}),
    "reminder.dues": ({"month": "2026-11", "due_on": "2026-11-30"},),
    "reminder.pack": ({"title": "十二月学习礼包", "organization": "大河县委"},),
    "reminder.survey": ({"title": SURVEY["title"]}, {"title": SURVEY["title"], "days": 0}),
    "reminder.survey_own": ({"title": SURVEY["title"], "organization": "大河县委"},),
    "survey.opened": ({}, {"anonymous": False, "opens_at": "2026-11-24T09:00:00+08:00"}),
    "media.review": ({}, {"kind": "audio"}),
    "media.refused": ({}, {"note": None}),
}


def kind_of(rule: Rule) -> str:
    """The first word of a topic."""
    return rule.topic.partition(".")[0]


def texts(rule: Rule) -> Iterator[Text]:
    """What a rule makes of its sample facts, in each variant."""
    assert rule.write is not None
    for variant in VARIANTS.get(rule.topic, ({},)):
        yield rule.write({**BY_KIND[kind_of(rule)], **variant})


def template_data(rule: Rule, text: Text) -> dict[str, str]:
    """The fields of the service notification, as the demo's templates name them."""
    (fields,) = [fields for purpose, _, _, fields in TEMPLATES if purpose == rule.purpose]
    return fill_template(fields, text.values)


def rendered(kind: str) -> str:
    """Every text of one kind of topic, as a person reads it."""
    shown = []
    for rule in RULES:
        if rule.write is None or kind_of(rule) != kind:
            continue
        for text in texts(rule):
            shown += [f"== {rule.topic} → {rule.reader}", f"【{text.title}】", text.body, f"〔{text.page or '—'}〕"]
            if rule.purpose:
                shown += [f"   {field}: {value}" for field, value in template_data(rule, text).items()]
            shown.append("")
    return "\n".join(shown)


def main() -> None:
    """Write the golden texts."""
    GOLDEN.mkdir(exist_ok=True)
    for kind in BY_KIND:
        (GOLDEN / f"{kind}.txt").write_text(rendered(kind), encoding="utf-8")


if __name__ == "__main__":
    main()
