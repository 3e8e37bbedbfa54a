"""Texts about orders. What a group reads names no person, no place below the organisation, no description."""

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


def received(facts: Facts) -> Text:
    """To the dispatchers: a new order waits to be accepted."""
    body = f"{facts['service_type']}：{facts['title']}（{facts['place']}），请在{short_moment(facts.get('due_at'))}前受理。"
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
    """To the person that an order was dispatched to."""
    body = f"支部派给您一件任务：{facts['title']}（{facts['place']}），请在{short_moment(facts.get('due_at'))}前接单。"
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
    return _progress(facts, "诉求已办结，请评价", body, "已办结", "请您评价")


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
