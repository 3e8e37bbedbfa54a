"""The rules that an installation begins with, each with its source."""

from typing import NamedTuple

from backend.messaging.reminders.models import ReminderRule

_REGULATION = "《中国共产党支部工作条例（试行）》"
_EDUCATION = "《中国共产党党员教育管理工作条例》"
_OWN = "本系统建议"

DAILY, FRIDAY, WORKWEEK = "daily", "fri", "mon,tue,wed,thu,fri"
SECRETARY = "支部书记、副书记（可交代理人）"


class Preset(NamedTuple):
    """One rule as it is at first; see ReminderRule for what each word means."""

    code: str
    label: str
    trigger: str
    audience: str
    offsets: str
    at: str
    rhythm: str
    stops: str
    escalation: str
    source: str
    own_job: bool = False
    locked: bool = False
    channel: str = "站内信"
    late_days: int = 0


def _own(code: str, label: str, trigger: str, audience: str, stops: str, source: str) -> Preset:
    """Asked by a job of its own room."""
    return Preset(code, label, trigger, audience, "", "", DAILY, stops, "—", source, own_job=True)


# an own job's code is the topic that it writes; it asks what is due whenever it lives, so it is late and never skipped.
# What comes round soon anyway (the next day, the next offset) or is about one day alone is not made up for.
PRESETS = (
    Preset("party_day", "主题党日提醒", "主题党日前 3 天、前 1 天和当天", "应到党员", "3,1,0", "08:30", DAILY,
           "活动取消或已开始", "—", f"{_EDUCATION}第十六条", channel="站内信、服务通知"),
    Preset("party_day_group", "主题党日群提醒", "主题党日前 1 天", "支部群", "1", "08:30", DAILY,
           "活动取消或已开始，或只请了部分人", "—", f"{_EDUCATION}第十六条", channel="群消息"),
    Preset("assembly_missing", "本季度党员大会未开", "季末前 14、7、2 天仍未召开", SECRETARY, "14,7,2", "09:00", DAILY,
           "召开并签到后", "逾期后在三会一课看板显示", f"{_REGULATION}第十一条", late_days=3),
    Preset("committee_missing", "本月支委会未开", "月末前 7、2 天仍未召开", SECRETARY, "7,2", "09:00", DAILY,
           "召开并签到后", "逾期后在三会一课看板显示", f"{_REGULATION}第十二条", late_days=3),
    Preset("cell_missing", "本月党小组会未开", "月末前 7、2 天仍未召开", SECRETARY, "7,2", "09:00", DAILY,
           "召开并签到后", "逾期后在三会一课看板显示", f"{_REGULATION}第十三条", late_days=3),
    Preset("party_day_missing", "本月主题党日未开展", "月末前 7、2 天仍未开展", SECRETARY, "7,2", "09:00", DAILY,
           "开展并签到后", "逾期后在三会一课看板显示", f"{_EDUCATION}第十六条", late_days=3),
    Preset("yearly_missing", "年度组织生活未开展", "年末前 45、15 天：组织生活会、民主评议、党课", SECRETARY, "45,15",
           "09:00", DAILY, "开展并签到后", "逾期后在三会一课看板显示", f"{_EDUCATION}第十七、十八条", late_days=3),
    Preset("minutes_missing", "会议记录未补", "会后 2、7、14 天仍无记录", SECRETARY, "-2,-7,-14", "09:00", DAILY,
           "写好记录", "14 天后不再提醒，看板显示缺记录", f"{_REGULATION}：会议应当有记录", late_days=3),
    Preset("task_due", "决议事项到期", "到期前 3 天、当天、逾期 3 天", "承办人", "3,0,-3", "09:00", DAILY,
           "标记完成", "逾期的同时在周报里提醒书记", _OWN, late_days=3),
    Preset("requests_waiting", "待审批事项", "周一、周四还有请假、补签、认领、述学评学没有处理", SECRETARY, "", "09:00", "mon,thu",
           "全部处理完", "—", _OWN, late_days=2),
    Preset("orders_unclaimed", "待受理、待派、待接工单", "工作日早上还有没有接手的工单", SECRETARY, "", "08:30", WORKWEEK,
           "全部有人接手", "超时的另走催办、督办", "DB11/T 2021—2022 派单时限"),
    Preset("follow_ups_due", "待回访工单", "工作日早上还有办结未回访的工单", SECRETARY, "", "08:30", WORKWEEK,
           "回访完或自动结案", "—", "办结次日回访（市局办法）"),
    Preset("weekly_digest", "书记周报", "每周五 16:00，一屏看完", SECRETARY, "", "16:00", FRIDAY,
           "没有待办时只报下周安排，什么都没有就不发", "—", _OWN, late_days=3),
    Preset("political_birthday", "政治生日", "入党纪念日当天", "党员本人", "0", "08:00", DAILY,
           "当天一次", "—", f"{_EDUCATION}：党员过“政治生日”等政治仪式"),
    Preset("study_gap", "还可以参加的学习", "每季度末前 30 天学时未达进度，且本季还有活动可参加", "党员本人", "30", "12:10",
           DAILY, "学时达到进度，或没有可参加的活动", "不通报、不排名", f"{_EDUCATION}第二十条", late_days=3),
    Preset("statement_due", "年度述学", "12 月 15 日还没有交本年述学", "党员本人", "16", "12:10", DAILY,
           "交了述学", "—", "党员述学评学制度（四川）", late_days=3),
    Preset("pack_unread", "学习礼包未签收", "内容包到达 3、10 天后仍未签收", SECRETARY, "-3,-10", "09:00", DAILY,
           "签收、使用或选作会议材料", "上级在使用情况里看到", "“三会一课”学习内容定期推送制度", late_days=3),
    Preset("survey_quota", "需求调研填写不足", "截止前 7、3、1 天，本支部和所在领域都还没达到要求的比例", SECRETARY, "7,3,1", "09:00",
           DAILY, "本支部或所在领域达到比例，或调研截止", "发布单位随时看到各领域进度", "党员教育培训需求调研制度：各领域不少于 20%",
           late_days=1),
    Preset("survey_own", "还没填的需求调研", "实名调研截止前 3 天，所在支部填写不足", "还没填的党员，一次", "3", "12:10", DAILY,
           "填了，或支部达到比例，或调研截止", "不通报、不排名", "党员教育培训需求调研制度：各领域不少于 20%", late_days=1),
    Preset("dues_own", "党费缴纳提醒", "月底前 5 天当月党费仍未登记（近三个月登记过党费的支部）", "党员本人，不作硬性要求的除外", "5",
           "12:10", DAILY, "登记后", "25 日起另请书记补登记", "《关于中国共产党党费收缴、使用和管理的规定》", late_days=3),
    _own("dues.unrecorded", "党费登记", "每月 25 日起还有党员当月党费未登记", "支部书记、副书记", "全部登记",
         "《关于中国共产党党费收缴、使用和管理的规定》"),
    _own("lesson.gap", "党课星期天空档", "周三起下个星期天还没有排课", "党课编辑", "排上课或备用课顶上", _OWN),
    _own("lesson.published", "党课星期天", "星期天 8:00（上班的星期天 12:30）", "党员、支部群", "撤下", "党课星期天方案"),
    _own("pack.published", "学习内容包到达", "上级发布内容包", "下级支部书记", "一次", "三会一课内容定期推送方案"),
    _own("survey.opened", "需求调研开始", "上级或支部发布调研", "范围内的党员", "一次", "党员教育培训需求调研制度"),
    _own("floating.contact_due", "该联系流动党员", "每月一次（出国境的每半年）", "联系人", "登记联系", f"{_EDUCATION}第三十四条"),
    _own("floating.watch_raised", "查找久无音讯的党员", "1、3、5 个月没有联系、签到或学习", "联系人、支部书记", "登记结果",
         f"{_EDUCATION}第二十八条")._replace(locked=True),
    _own("floating.transfer_advised", "建议转接组织关系", "外出满六个月且地点固定", "党员、支部书记", "转接或返回",
         f"{_EDUCATION}第二十五条"),
    _own("post.term_ending", "任期将满", "任期届满前 6、3、1 个月", "支部书记", "选出下一届", f"{_REGULATION}：任期"),
    _own("post.terms_ending_below", "下级任期将满", "同上，按上级汇总", "上级管理员", "选出下一届", f"{_REGULATION}：任期"),
    _own("post.committee_incomplete", "支委不齐", "每季度一次", "支部书记", "补齐", f"{_REGULATION}：支委会组成"),
    _own("post.secretaries_missing", "支部缺书记", "每月一次", "上级管理员", "任命", f"{_REGULATION}：党支部书记"),
    _own("order.branch_warned", "工单将超时", "办理时限过 80%", "调度员", "推进一步", "DB11/T 2021—2022")._replace(locked=True),
    _own("order.handler_warned", "我的工单将超时", "办理时限过 80%", "承办人", "推进一步", "DB11/T 2021—2022")._replace(locked=True),
    _own("order.help_due", "协办将到期", "协办期限过 80% 和到期时", "协办人、承办人", "写进展或商量", _OWN),
    _own("order.supervised", "工单督办", "逾期一个工作日起逐级", "承办人、书记", "反馈并办理", "市局办法：催办、督办")._replace(locked=True),
    _own("order.rating_reminder", "请群众评价", "办结后一次", "点单群众", "评价或自动结案", _OWN),
    _own("calendar.year_missing", "补录节假日", "12 月仍没有下一年安排", "上级管理员", "录入", "国务院办公厅节假日安排"),
)  # fmt: skip
OWN_JOBS = frozenset(preset.code for preset in PRESETS if preset.own_job)


def seed_reminder_rules() -> int:
    """Write the rules that are missing; returns how many were written."""
    known = {row.code for row in ReminderRule.select(ReminderRule.code)}
    rows = [
        {**preset._asdict(), "position": position}
        for position, preset in enumerate(PRESETS)
        if preset.code not in known
    ]
    if rows:
        ReminderRule.insert_many(rows).execute()
    return len(rows)
