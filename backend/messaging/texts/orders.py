"""Texts about orders. What a group reads names no person, no place below the organisation, no description."""

from dataclasses import replace

from backend.messaging.texts.shape import Facts, Text, short_moment


def _page(facts: Facts) -> str:
    return f"pages/order/detail?number={facts['number']}"


def _progress(facts: Facts, title: str, body: str, state: str, remark: str) -> Text:
    values = {
        "number": facts["number"],
        "title": facts["title"],
        "state": state,
        "remark": remark,
        "at": facts["at"],
    }
    return Text(title, body, _page(facts), values)


def _note(facts: Facts) -> str:
    """What was written for the requester, if anything was."""
    return str(facts.get("note") or "详情见小程序")


def _in_time(facts: Facts, verb: str) -> str:
    """Until when something is to be done, where there is such a time."""
    due_at = facts.get("due_at")
    return f"请在{short_moment(due_at)}前{verb}" if due_at else f"请尽快{verb}"


def received(facts: Facts) -> Text:
    """To the dispatchers: a new order waits to be accepted."""
    body = f"{facts['service_type']}：{facts['title']}（{facts['place']}），{_in_time(facts, '受理')}。"
    values = {"title": facts["title"], "place": facts["place"], "at": facts["at"], "state": "待受理"}
    return Text("新诉求待受理", body, _page(facts), values)


def accepted(facts: Facts) -> Text:
    """To the requester: the branch takes it."""
    body = f"您反映的“{facts['title']}”已由{facts['organization']}受理，正在安排人手。"
    return _progress(facts, "诉求已受理", body, "已受理", "正在安排人手")


def refused(facts: Facts) -> Text:
    """To the requester: not accepted, why, and where to go."""
    body = f"您反映的“{facts['title']}”未能受理：{_note(facts)}。如有异议，可在详情页申诉一次。"
    return _progress(facts, "诉求未受理", body, "未受理", _note(facts))


def task(facts: Facts) -> Text:
    """To the person, or each of the team, that an order was dispatched to."""
    whom = f"您所在的“{facts['team']}”" if facts.get("team") else "您"
    body = f"支部派给{whom}一件任务：{facts['title']}（{facts['place']}），{_in_time(facts, '接单')}。"
    values = {
        "number": facts["number"],
        "title": facts["title"],
        "place": facts["place"],
        "due": facts.get("due_at") or "",
    }
    return Text("有任务派给您", body, _page(facts), values)


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
    return _progress(facts, "有人接单了", f"{comrade}已接单，会尽快与您联系。", "已接单", f"{comrade}会与您联系")


def contacted(facts: Facts) -> Text:
    """To the requester: work has begun."""
    body = f"您反映的“{facts['title']}”正在办理。"
    return _progress(facts, "诉求办理中", body, "办理中", "已联系，正在办理")


def progressed(facts: Facts) -> Text:
    """To the requester: a public note on the way."""
    body = f"“{facts['title']}”有新进展：{_note(facts)}"
    return _progress(facts, "办理有进展", body, "办理中", _note(facts))


def completed(facts: Facts) -> Text:
    """To the requester: done, please rate."""
    body = f"您反映的“{facts['title']}”已办结：{_note(facts)}。请您评价，点一下就好。"
    text = _progress(facts, "诉求已办结，请评价", body, "已办结", "请您评价")
    return replace(text, page=f"{text.page}&rate={facts['rate']}") if facts.get("rate") else text


def closed(facts: Facts) -> Text:
    """To the handler: closed, with thanks."""
    body = f"“{facts['title']}”已结案，群众评价：{facts.get('rating') or '未评价'}。谢谢您！"
    return _progress(facts, "工单已结案", body, "已结案", f"评价：{facts.get('rating') or '未评价'}")


def info_asked(facts: Facts) -> Text:
    """To the requester: the branch asks for facts."""
    body = f"支部需要您补充：{_note(facts)}"
    return _progress(facts, "请补充信息", body, "待补充", _note(facts))


def info_supplied(facts: Facts) -> Text:
    """To the dispatchers: the requester has answered."""
    body = f"“{facts['title']}”的补充信息已收到，请继续处理。"
    values = {"title": facts["title"], "place": facts["place"], "at": facts["at"], "state": "已补充"}
    return Text("补充信息已收到", body, _page(facts), values)


def declined(facts: Facts) -> Text:
    """To the dispatchers: the order is back in the queue."""
    body = f"“{facts['title']}”被谢绝：{_note(facts)}。请重新派单。"
    values = {"title": facts["title"], "place": facts["place"], "at": facts["at"], "state": "待派单"}
    return Text("请重新派单", body, _page(facts), values)


def cancelled(facts: Facts) -> Text:
    """To the handler: the requester has withdrawn it."""
    body = f"“{facts['title']}”已由群众撤回，谢谢您的付出。"
    return _progress(facts, "工单已撤回", body, "已撤单", "群众已撤回")


def reworked(facts: Facts) -> Text:
    """To the handler: not good enough yet."""
    body = f"“{facts['title']}”需要继续办理：{_note(facts)}"
    return _progress(facts, "请继续办理", body, "办理中", _note(facts))


def text_refused(facts: Facts) -> Text:
    """To the requester: the text did not pass the check, and what to do."""
    body = "您提交的内容未通过平台的文字检查。请修改后重新提交，或拨打社区电话由工作人员代填。"
    return _progress(facts, "内容未通过检查", body, "未通过", "请修改后重新提交")


def transferred(facts: Facts) -> Text:
    """To the handler that it was taken from, with thanks."""
    body = f"“{facts['title']}”已转给其他同志办理，谢谢您的付出。"
    return _progress(facts, "工单已转派", body, "已转派", "已转给其他同志")


def text_review(facts: Facts) -> Text:
    """To the dispatchers: a person has to look at the text before it goes further."""
    return Text("有文字待人工审核", f"“{facts['title']}”的文字需要人工审核后才能派单。", _page(facts))


def _for_branch(facts: Facts, title: str, body: str, state: str) -> Text:
    values = {"title": facts["title"], "place": facts["place"], "at": facts["at"], "state": state}
    return Text(title, body, _page(facts), values)


def text_waits(facts: Facts) -> Text:
    """To the requester: a person looks at the text first; nothing has to be done."""
    body = f"您提交的“{facts['title']}”需要工作人员先看一下文字，不用重新提交，处理后会通知您。"
    return Text("正在人工审核", body, _page(facts))


def claim_expired(facts: Facts) -> Text:
    """To the dispatchers: nobody took it in time, it is back in the queue."""
    return _for_branch(facts, "超时未接单", f"“{facts['title']}”到时无人接单，请重新派单。", "待派单")


def info_expired(facts: Facts) -> Text:
    """To the requester: withdrawn for want of an answer; nothing is lost."""
    body = f"“{facts['title']}”三天内没有收到补充信息，已自动撤单。需要时点一下即可重新提交。"
    return _progress(facts, "未补充已撤单", body, "已撤单", "可一键重新提交")


def followed_up(facts: Facts) -> Text:
    """To the requester: what the follow-up found."""
    body = f"关于“{facts['title']}”的回访已记录，当前状态：{facts['state']}。{facts.get('note') or ''}"
    return _progress(facts, "回访结果", body, facts["state"], "回访已记录")


def followed_up_for_handler(facts: Facts) -> Text:
    """To the handler: what the follow-up found."""
    body = f"“{facts['title']}”已回访，当前状态：{facts['state']}。"
    return _progress(facts, "工单已回访", body, facts["state"], "回访已记录")


def contact_withdrawn(facts: Facts) -> Text:
    """To whoever handles an open order: no more phone, and what to do instead."""
    body = f"“{facts['title']}”的诉求人不再提供电话，请在工单里留言联系，或按地点上门。"
    return Text("诉求人收回了联系电话", body, _page(facts))


def decision_asked(facts: Facts) -> Text:
    """To whoever decides: a hold, an extension or a return was asked for."""
    return Text("有申请待审批", f"“{facts['title']}”的承办人提出申请：{facts['reason']}。", _page(facts))


REQUEST_NAMES = {"hold": "挂起", "extend": "延期", "return": "退单"}


def request_approved(facts: Facts) -> Text:
    """To whoever asked: granted."""
    name = REQUEST_NAMES[facts["request"]]
    return Text(f"{name}已同意", f"“{facts['title']}”的{name}申请已同意。", _page(facts))


def request_denied(facts: Facts) -> Text:
    """To whoever asked: not granted, and why."""
    name = REQUEST_NAMES[facts["request"]]
    body = f"“{facts['title']}”的{name}申请未同意：{facts['reason']}。"
    return Text(f"{name}未同意", body, _page(facts))


def ruled(facts: Facts) -> Text:
    """To the handler that a ruling named: no further return."""
    body = f"经审定，“{facts['title']}”由您办理，请尽快联系群众。"
    return _progress(facts, "审定由您办理", body, facts["state"], "请尽快联系群众")


def cohandler_added(facts: Facts) -> Text:
    """To somebody asked to help."""
    values = {
        "number": facts["number"],
        "title": facts["title"],
        "place": facts["place"],
        "due": facts.get("due_at") or "",
    }
    return Text("请您协办", f"支部请您协助办理“{facts['title']}”（{facts['place']}）。", _page(facts), values)


def referred(facts: Facts) -> Text:
    """To the requester: handed on, to whom, and the receipt number."""
    body = f"“{facts['title']}”已转交{facts['receiver']}，回执号 {facts['receipt_number']}，结果支部会告诉您。"
    return _progress(facts, "诉求已转办", body, "已转办", f"已转{facts['receiver']}")


def sent_back(facts: Facts) -> Text:
    """To the requester: the body that it was handed to has declined; the branch goes on."""
    body = f"“{facts['title']}”被转办单位退回，支部继续处理。"
    return _progress(facts, "继续由支部处理", body, facts["state"], "支部继续处理")


def reopened(facts: Facts) -> Text:
    """To the dispatchers: not solved after all."""
    return _for_branch(facts, "群众要求重办", f"“{facts['title']}”需要重办：{_note(facts)}", "待派单")


def reopened_for_handler(facts: Facts) -> Text:
    """To the handler of the first time."""
    return Text("工单重办", f"您办过的“{facts['title']}”，群众认为还没解决，已重新受理。", _page(facts))


def appealed(facts: Facts) -> Text:
    """To the organisation above: a refusal is appealed against."""
    body = f"{facts['organization']}不予受理的“{facts['title']}”有申诉，请审定。"
    return Text("有申诉待审定", body, _page(facts))


def merged(facts: Facts) -> Text:
    """To the requester: somebody else had said the same; both are told from now on."""
    body = f"您反映的“{facts['title']}”与已有诉求 {facts['parent']} 合并办理，进展照样通知您。"
    return _progress(facts, "已合并办理", body, "已并单", "进展照样通知您")


def parent_moved(facts: Facts) -> Text:
    """To those whose order was merged: the one that they follow has moved."""
    body = f"您关注的“{facts['title']}”：{facts['state']}。"
    return _progress(facts, "合并诉求有进展", body, facts["state"], "合并办理中")


def urged(facts: Facts) -> Text:
    """To the handler: please hurry."""
    return _progress(facts, "催办", f"请尽快办理“{facts['title']}”。", facts["state"], "请尽快办理")


def urged_for_branch(facts: Facts) -> Text:
    """To the dispatchers: the requester or the branch has urged."""
    return Text("有催办", f"“{facts['title']}”被催办，当前状态：{facts['state']}。", _page(facts))


def supervised(facts: Facts) -> Text:
    """To handler and secretary: supervision, its level, and by when to answer."""
    by = f"，请在{short_moment(facts['reply_due_at'])}前书面反馈" if facts.get("reply_due_at") else ""
    return Text(f"{facts['level']}级督办", f"“{facts['title']}”已列入督办{by}。", _page(facts))


def supervision_replied(facts: Facts) -> Text:
    """To the organisation above: the branch has answered a supervision."""
    body = f"{facts['organization']}对“{facts['title']}”的督办已反馈。"
    return Text("督办已反馈", body, _page(facts))


def warned(facts: Facts) -> Text:
    """To whoever is responsible: so much of the time is gone."""
    body = (
        f"“{facts['title']}”的{facts['stage_label']}时限已过 {facts['percent']}%，{short_moment(facts['due_at'])}到期。"
    )
    return _progress(facts, "时限提醒", body, facts["state"], f"{facts['stage_label']}时限已过{facts['percent']}%")


def info_reminder(facts: Facts) -> Text:
    """To the requester: the branch still waits for an answer."""
    body = f"“{facts['title']}”还在等您补充，{short_moment(facts['due_at'])}前没有收到会自动撤单。"
    return _progress(facts, "请补充信息", body, "待补充", "还在等您补充")


def rating_reminder(facts: Facts) -> Text:
    """To the requester, once: please say whether it was solved."""
    return Text("请您评价", f"“{facts['title']}”已办结，解决了吗？点一下就好。", _page(facts))
