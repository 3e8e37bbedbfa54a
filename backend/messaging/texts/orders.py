"""Texts about orders. What a group reads names no person, no place below the organisation, no description."""

from dataclasses import replace

from backend.messaging.texts.order_shape import for_branch, in_time, note_of, page_of, progress
from backend.messaging.texts.shape import Facts, Text, short_moment


def received(facts: Facts) -> Text:
    """To the dispatchers: a new order waits to be accepted."""
    body = f"{facts['service_type']}：{facts['title']}（{facts['place']}），{in_time(facts, '受理')}。"
    hints = [words for name, words in _HINTS.items() if facts.get(name)]
    return for_branch(facts, "新诉求待受理", body + "".join(hints), "待受理")


# what a dispatcher should know of a new order at once
_HINTS = {
    "unrouted": "地点不在任何网格里，请归到网格或转给所在支部。",
    "voice": "只有语音，请先听一遍。",
    "call_owed": "是代别人提的，请给本人打个电话核实。",
}


def accepted(facts: Facts) -> Text:
    """To the requester: the branch takes it."""
    body = f"您反映的“{facts['title']}”已由{facts['organization']}受理，正在安排人手。"
    return progress(facts, "诉求已受理", body, "已受理", "正在安排人手")


def refused(facts: Facts) -> Text:
    """To the requester: not accepted, why, and where to go."""
    body = f"您反映的“{facts['title']}”未能受理：{note_of(facts)}。如有异议，可在详情页申诉一次。"
    return progress(facts, "诉求未受理", body, "未受理", note_of(facts))


def task(facts: Facts) -> Text:
    """To the person, or each of the team, that an order was dispatched to."""
    whom = f"您所在的“{facts['team']}”" if facts.get("team") else "您"
    body = f"支部派给{whom}一件任务：{facts['title']}（{facts['place']}），{in_time(facts, '接单')}。"
    values = {
        "number": facts["number"],
        "title": facts["title"],
        "place": facts["place"],
        "due": facts.get("due_at") or "",
    }
    return Text("有任务派给您", body, page_of(facts), values)


def task_for_group(facts: Facts) -> Text:
    """To the branch's group: kind and state only."""
    if facts["target"] == "pool":
        tail = "正等待接单，愿意帮忙的同志请打开小程序“支部”→“接单”。"
    else:
        tail = "已派单，感谢接单的同志。"
    return Text("群众诉求派单", f"【群众点单】{facts['organization']}有 1 件“{facts['service_type']}”{tail}")


def claimed(facts: Facts) -> Text:
    """To the requester: somebody has taken it and will call."""
    comrade = f"{str(facts['handler']).rstrip('*')}同志"  # the name comes masked: 赵**
    return progress(facts, "有人接单了", f"{comrade}已接单，会尽快与您联系。", "已接单", f"{comrade}会与您联系")


def contacted(facts: Facts) -> Text:
    """To the requester: work has begun."""
    body = f"您反映的“{facts['title']}”正在办理。"
    return progress(facts, "诉求办理中", body, "办理中", "已联系，正在办理")


def progressed(facts: Facts) -> Text:
    """To the requester: a public note on the way."""
    body = f"“{facts['title']}”有新进展：{note_of(facts)}"
    return progress(facts, "办理有进展", body, "办理中", note_of(facts))


def completed(facts: Facts) -> Text:
    """To the requester: done, please rate."""
    body = f"您反映的“{facts['title']}”已办结：{note_of(facts)}。请您评价，点一下就好。"
    text = progress(facts, "诉求已办结，请评价", body, "已办结", "请您评价")
    return replace(text, page=f"{text.page}&rate={facts['rate']}") if facts.get("rate") else text


def closed(facts: Facts) -> Text:
    """To the handler: closed, with thanks."""
    body = f"“{facts['title']}”已结案，群众评价：{facts.get('rating') or '未评价'}。谢谢您！"
    return progress(facts, "工单已结案", body, "已结案", f"评价：{facts.get('rating') or '未评价'}")


def unsatisfied(facts: Facts) -> Text:
    """To the dispatchers: closed, but the requester is not content."""
    body = f"“{facts['title']}”的群众评价：{facts['rating']}。请打电话问问情况；没有解决的，请群众点“申请重办”。"
    return Text("群众不满意，请回访", body, page_of(facts))


def info_asked(facts: Facts) -> Text:
    """To the requester: the branch asks for facts."""
    body = f"支部需要您补充：{note_of(facts)}"
    return progress(facts, "请补充信息", body, "待补充", note_of(facts))


def info_supplied(facts: Facts) -> Text:
    """To the dispatchers: the requester has answered."""
    body = f"“{facts['title']}”的补充信息已收到，请继续处理。"
    values = {"title": facts["title"], "place": facts["place"], "at": facts["at"], "state": "已补充"}
    return Text("补充信息已收到", body, page_of(facts), values)


def declined(facts: Facts) -> Text:
    """To the dispatchers: the order is back in the queue."""
    body = f"“{facts['title']}”被谢绝：{note_of(facts)}。请重新派单。"
    values = {"title": facts["title"], "place": facts["place"], "at": facts["at"], "state": "待派单"}
    return Text("请重新派单", body, page_of(facts), values)


def cancelled(facts: Facts) -> Text:
    """To the handler: the requester has withdrawn it."""
    body = f"“{facts['title']}”已由群众撤回，谢谢您的付出。"
    return progress(facts, "工单已撤回", body, "已撤单", "群众已撤回")


def reworked(facts: Facts) -> Text:
    """To the handler: not good enough yet."""
    body = f"“{facts['title']}”需要继续办理：{note_of(facts)}"
    return progress(facts, "请继续办理", body, "办理中", note_of(facts))


def text_refused(facts: Facts) -> Text:
    """To the requester: the text did not pass the check, and what to do."""
    body = "您提交的内容未通过平台的文字检查。请修改后重新提交，或拨打社区电话由工作人员代填。"
    return progress(facts, "内容未通过检查", body, "未通过", "请修改后重新提交")


def transferred(facts: Facts) -> Text:
    """To the handler that it was taken from, with thanks."""
    body = f"“{facts['title']}”已转给其他同志办理，谢谢您的付出。"
    return progress(facts, "工单已转派", body, "已转派", "已转给其他同志")


def text_review(facts: Facts) -> Text:
    """To the dispatchers: a person has to look at the text before it goes further."""
    return Text("有文字待人工审核", f"“{facts['title']}”的文字需要人工审核后才能派单。", page_of(facts))


def text_waits(facts: Facts) -> Text:
    """To the requester: a person looks at the text first; nothing has to be done."""
    body = f"您提交的“{facts['title']}”需要工作人员先看一下文字，不用重新提交，处理后会通知您。"
    return Text("正在人工审核", body, page_of(facts))


def info_expired(facts: Facts) -> Text:
    """To the requester: withdrawn for want of an answer; nothing is lost."""
    body = f"“{facts['title']}”三天内没有收到补充信息，已自动撤单。需要时点一下即可重新提交。"
    return progress(facts, "未补充已撤单", body, "已撤单", "可一键重新提交")


def followed_up(facts: Facts) -> Text:
    """To the requester: what the follow-up found."""
    body = f"关于“{facts['title']}”的回访已记录，当前状态：{facts['state']}。{facts.get('note') or ''}"
    return progress(facts, "回访结果", body, facts["state"], "回访已记录")


def followed_up_for_handler(facts: Facts) -> Text:
    """To the handler: what the follow-up found."""
    body = f"“{facts['title']}”已回访，当前状态：{facts['state']}。"
    return progress(facts, "工单已回访", body, facts["state"], "回访已记录")


def contact_withdrawn(facts: Facts) -> Text:
    """To whoever handles an open order: no more phone, and what to do instead."""
    body = f"“{facts['title']}”的诉求人不再提供电话，请在工单里留言联系，或按地点上门。"
    return Text("诉求人收回了联系电话", body, page_of(facts))


def hold_asked(facts: Facts) -> Text:
    """To whoever decides: the handler asks to let it rest."""
    return _decision_asked("挂起", facts)


def extend_asked(facts: Facts) -> Text:
    """To whoever decides: the handler asks for more time."""
    return _decision_asked("延期", facts)


def return_asked(facts: Facts) -> Text:
    """To whoever decides: the handler asks to give it back."""
    return _decision_asked("退单", facts)


def _decision_asked(what: str, facts: Facts) -> Text:
    return Text(f"{what}申请待审批", f"“{facts['title']}”的承办人申请{what}：{facts['reason']}。", page_of(facts))


REQUEST_NAMES = {"hold": "挂起", "extend": "延期", "return": "退单"}


def request_approved(facts: Facts) -> Text:
    """To whoever asked: granted."""
    name = REQUEST_NAMES[facts["request"]]
    return Text(f"{name}已同意", f"“{facts['title']}”的{name}申请已同意。", page_of(facts))


def extended(facts: Facts) -> Text:
    """To the requester: it takes longer, why, and until when."""
    until = short_moment(facts["until"])
    body = f"“{facts['title']}”需要多一些时间：{facts['reason']}。预计{until}前办好。"
    return progress(facts, "办理延期", body, facts["state"], f"预计{until}前办好")


def request_denied(facts: Facts) -> Text:
    """To whoever asked: not granted, and why."""
    name = REQUEST_NAMES[facts["request"]]
    body = f"“{facts['title']}”的{name}申请未同意：{facts['reason']}。"
    return Text(f"{name}未同意", body, page_of(facts))


def ruled(facts: Facts) -> Text:
    """To the handler that a ruling named: no further return."""
    body = f"经审定，“{facts['title']}”由您办理，请尽快联系群众。"
    return progress(facts, "审定由您办理", body, facts["state"], "请尽快联系群众")


def cohandler_added(facts: Facts) -> Text:
    """To somebody asked to help."""
    values = {
        "number": facts["number"],
        "title": facts["title"],
        "place": facts["place"],
        "due": facts.get("due_at") or "",
    }
    return Text("请您协办", f"支部请您协助办理“{facts['title']}”（{facts['place']}）。", page_of(facts), values)


def help_due(facts: Facts) -> Text:
    """To a helper: the time he was given is nearly over."""
    body = f"您协办的“{facts['title']}”{short_moment(facts['due_at'])}到期，办好了请写一条进展。"
    return progress(facts, "协办快到期了", body, facts["state"], "请写一条进展")


def help_over(facts: Facts) -> Text:
    """To a helper: the time he was given is over."""
    body = f"您协办的“{facts['title']}”期限到了（{short_moment(facts['due_at'])}），请和承办人说一声办到哪一步。"
    return progress(facts, "协办到期", body, facts["state"], "请告诉承办人")


def help_over_for_handler(facts: Facts) -> Text:
    """To the handler: the time of his helper is over; the order remains his."""
    body = f"{facts['helper']}协办“{facts['title']}”的期限到了（{short_moment(facts['due_at'])}），请问问办到哪一步。"
    return progress(facts, "协办到期", body, facts["state"], "请问问协办人")


def referred(facts: Facts) -> Text:
    """To the requester: handed on, to whom, and the receipt number."""
    body = f"“{facts['title']}”已转交{facts['receiver']}，回执号 {facts['receipt_number']}，结果支部会告诉您。"
    return progress(facts, "诉求已转办", body, "已转办", f"已转{facts['receiver']}")


def referred_for_handler(facts: Facts) -> Text:
    """To whoever had it in hand: another body does it now."""
    return Text("工单已转办", f"“{facts['title']}”已转交{facts['receiver']}办理，您不用再办，谢谢您！", page_of(facts))


def referral_answered(facts: Facts) -> Text:
    """To the requester: what came of it."""
    body = f"您反映的“{facts['title']}”，转办单位的答复：{note_of(facts)}"
    return progress(facts, "转办有结果了", body, "已结案", note_of(facts))


def sent_back(facts: Facts) -> Text:
    """To the requester: the body that it was handed to has declined; the branch goes on."""
    body = f"“{facts['title']}”被转办单位退回，支部继续处理。"
    return progress(facts, "继续由支部处理", body, facts["state"], "支部继续处理")


def reopened(facts: Facts) -> Text:
    """To the dispatchers: not solved after all."""
    return for_branch(facts, "群众要求重办", f"“{facts['title']}”需要重办：{note_of(facts)}", "待派单")


def reopened_for_handler(facts: Facts) -> Text:
    """To the handler of the first time."""
    hours = "学习卡上这次的时长先划去，办结后再记。" if facts.get("hours_voided") else ""
    return Text("工单重办", f"您办过的“{facts['title']}”，群众认为还没解决，已重新受理。{hours}", page_of(facts))


def appealed(facts: Facts) -> Text:
    """To the organisation above: a refusal is appealed against."""
    body = f"{facts['organization']}不予受理的“{facts['title']}”有申诉，请审定。"
    return Text("有申诉待审定", body, page_of(facts))


def merged(facts: Facts) -> Text:
    """To the requester: somebody else had said the same; both are told from now on."""
    body = f"您反映的“{facts['title']}”与已有诉求 {facts['parent']} 合并办理，进展照样通知您。"
    return progress(facts, "已合并办理", body, "已并单", "进展照样通知您")


def parent_moved(facts: Facts) -> Text:
    """To those whose order was merged: the one that they follow has moved."""
    ended = facts["state"] in {"不予受理", "已撤单"}
    body = f"您关注的“{facts['title']}”：{facts['state']}。" + ("如果您那里还没有解决，请重新提交。" if ended else "")
    return progress(facts, "合并诉求有进展", body, facts["state"], "合并办理中")


def urged(facts: Facts) -> Text:
    """To the handler: please hurry."""
    body = f"“{facts['title']}”{_time_used(facts)}还在等您办理，请尽快处理；有困难请告诉支部。"
    return progress(facts, "催办", body, facts["state"], "请尽快办理")


def urged_for_branch(facts: Facts) -> Text:
    """To the dispatchers: the requester or the branch has urged."""
    body = f"“{facts['title']}”{_time_used(facts) or '被催办，'}当前状态：{facts['state']}。"
    return Text("有催办", body, page_of(facts))


def _time_used(facts: Facts) -> str:
    """How much of the time is gone, where the clock itself urges."""
    if facts.get("percent") is None:
        return ""
    return f"的{facts['stage_label']}时限已过{facts['percent']}%，{short_moment(facts['due_at'])}到期，"


def supervised(facts: Facts) -> Text:
    """To handler and secretary: supervision, its level, and by when to answer."""
    by = f"，请在{short_moment(facts['reply_due_at'])}前书面反馈" if facts.get("reply_due_at") else ""
    return Text(f"{_level(facts)}督办", f"“{facts['title']}”已列入督办{by}。", page_of(facts))


def supervised_below(facts: Facts) -> Text:
    """A copy to the organisation above: an order below is supervised on the second or third rung."""
    body = f"{facts['organization']}的工单 {facts['number']} 已列入{_level(facts)}督办，等待支部书面反馈。"
    return Text(f"{_level(facts)}督办抄送", body, page_of(facts))


def _level(facts: Facts) -> str:
    return {1: "一级", 2: "二级", 3: "三级"}[facts["level"]]


def supervision_replied(facts: Facts) -> Text:
    """To the organisation above: the branch has answered a supervision."""
    body = f"{facts['organization']}对“{facts['title']}”的督办已反馈。"
    return Text("督办已反馈", body, page_of(facts))


def warned(facts: Facts) -> Text:
    """To whoever is responsible: so much of the time is gone."""
    body = (
        f"“{facts['title']}”的{facts['stage_label']}时限已过 {facts['percent']}%，{short_moment(facts['due_at'])}到期。"
    )
    return progress(facts, "时限提醒", body, facts["state"], f"{facts['stage_label']}时限已过{facts['percent']}%")


def info_reminder(facts: Facts) -> Text:
    """To the requester: the branch still waits for an answer."""
    body = f"“{facts['title']}”还在等您补充，{short_moment(facts['due_at'])}前没有收到会自动撤单。"
    return progress(facts, "请补充信息", body, "待补充", "还在等您补充")


def rating_reminder(facts: Facts) -> Text:
    """To the requester, once: please say whether it was solved."""
    return Text("请您评价", f"“{facts['title']}”已办结，解决了吗？点一下就好。", page_of(facts))
