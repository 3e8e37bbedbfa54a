"""What is counted, and by which rule: the words that stand beside every number."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """One count: its code, its name, and when it grows by one."""

    code: str
    label: str
    rule: str


MEASURES = {
    measure.code: measure
    for measure in (
        Measure("check_in", "签到人次", "每一次有效签到计 1，按活动所在组织和活动当天；作废的签到扣除"),
        Measure("card_issued", "发卡数", "每位党员第一次领到学习卡计 1，按当时所在组织和发卡当天；补办不另计"),
        Measure("order_submitted", "群众点单数", "每一件提交的诉求计 1，按受理组织和提交当天"),
        Measure("order_accepted", "受理数", "每一次受理计 1，按受理当天"),
        Measure("order_refused", "不予受理数", "每一次不予受理计 1，按答复当天"),
        Measure("order_claimed", "接单数", "每一次接单计 1，按接单当天"),
        Measure("order_completed", "办结数", "每一次办结计 1，按办结当天；退回重办的再次办结另计"),
        Measure("order_closed", "结案数", "每一次结案计 1，按结案当天"),
        Measure("order_resolved", "已解决数", "结案时办理结果为“已解决”的计 1，按结案当天"),
        Measure("order_partly", "部分解决数", "结案时办理结果为“部分解决”的计 1，按结案当天"),
        Measure("order_explained", "解释说明数", "结案时办理结果为“解释说明”的计 1，按结案当天"),
        Measure("order_cancelled", "撤单数", "群众撤回的诉求计 1，按撤回当天"),
        Measure("order_reworked", "退回重办数", "每一次退回重办计 1，按退回当天"),
        Measure("order_reopened", "重办数", "每一次重办计 1，按提出当天"),
        Measure("message_inbox", "站内信条数", "每人每收到一条站内信计 1，按党员所在支部和收到当天"),
        Measure("message_notified", "服务通知条数", "每发出一条微信服务通知计 1，按党员所在支部和发出当天"),
        Measure("message_capped", "因上限未发的服务通知", "当天已到每人上限而没有发出的计 1；站内信照常"),
        Measure("prompt_shown", "订阅提示次数", "每向一个人展示一次订阅提示计 1，按展示当天"),
        Measure("message_opened", "打开的站内信", "每一条站内信第一次打开计 1，按打开当天"),
        Measure("forward_done", "转发次数", "书记每转发一条到微信群计 1，按点“已转发”当天"),
        Measure("lesson_viewings", "党课集中收看场次", "每一场集中收看计 1，按收看当天"),
        Measure("lesson_viewers", "党课集中收看人次", "集中收看点名到场的人各计 1，按收看当天"),
    )
}
