"""Texts about activities."""

from backend.messaging.texts.shape import Facts, Text, day_in_words, named, short_moment


def _page(facts: Facts) -> str:
    return f"pages/activity/detail?id={facts['activity']}"


def _name(facts: Facts) -> str:
    return named(facts["kind"], facts["title"])


def planned(facts: Facts) -> Text:
    """To those invited: what, when, where."""
    body = f"{_name(facts)}：{short_moment(facts['starts_at'])}，{facts['place']}。不能参加请提前请假。"
    values = {"title": facts["title"], "starts_at": facts["starts_at"], "place": facts["place"]}
    return Text(f"{facts['kind']}通知", body, _page(facts), values)


def planned_for_group(facts: Facts) -> Text:
    """To the branch's group."""
    when = short_moment(facts["starts_at"])
    title = "" if facts["title"] == facts["kind"] else facts["title"]
    body = f"【{facts['kind']}】{title}\n时间：{when}\n地点：{facts['place']}\n到场请打开小程序“支部”扫码签到，有事请在小程序请假。"
    return Text(f"{facts['kind']}通知", body, _page(facts))


def cancelled(facts: Facts) -> Text:
    """To those invited: it does not take place."""
    why = f"：{facts['reason']}" if facts.get("reason") else ""
    body = f"原定{short_moment(facts['starts_at'])}的{_name(facts)}取消{why}。"
    values = {"title": f"取消：{facts['title']}", "starts_at": facts["starts_at"], "place": facts["place"]}
    return Text("活动取消", body, _page(facts), values)


def cancelled_for_group(facts: Facts) -> Text:
    """To the branch's group: it does not take place."""
    return Text(
        "活动取消",
        f"【取消】原定{short_moment(facts['starts_at'])}的{_name(facts)}取消。",
    )


def leave_asked(facts: Facts) -> Text:
    """To the organiser: somebody cannot come; the reason stays in the mini program."""
    body = f"{facts['member']}为“{facts['title']}”请假，请在活动页审批。"
    return Text("有人请假", body, _page(facts))


def leave_approved(facts: Facts) -> Text:
    """To the member: leave granted."""
    return Text("请假已批准", f"您为“{facts['title']}”的请假已批准。", _page(facts))


def leave_denied(facts: Facts) -> Text:
    """To the member: leave not granted, and why."""
    note = f"：{facts['note']}" if facts.get("note") else ""
    return Text("请假未批准", f"您为“{facts['title']}”的请假未批准{note}。", _page(facts))


def make_up_asked(facts: Facts) -> Text:
    """To the organisers: somebody asks for a make-up entry, which another person has to approve."""
    body = f"有人为{facts['member']}申请补签“{facts['title']}”，请核实后审批。"
    return Text("有补签待审批", body, _page(facts))


def make_up_approved(facts: Facts) -> Text:
    """To the member: the make-up entry stands, marked as such."""
    return Text("补签已通过", f"您在“{facts['title']}”的补签已通过，学习卡上会注明补签。", _page(facts))


def make_up_denied(facts: Facts) -> Text:
    """To whoever asked: no make-up entry, and why."""
    note = f"：{facts['note']}" if facts.get("note") else ""
    return Text("补签未通过", f"为{facts['member']}申请的“{facts['title']}”补签未通过{note}。", _page(facts))


def check_in_voided(facts: Facts) -> Text:
    """To the member: a check-in was struck out, and why."""
    body = f"您在“{facts['title']}”的签到被作废：{facts['reason']}。有疑问请联系支部。"
    return Text("签到被作废", body, _page(facts))


def moved_up(facts: Facts) -> Text:
    """To the member: a place has become free."""
    values = {"title": facts["title"], "starts_at": facts["starts_at"], "place": facts["place"]}
    return Text("候补转正", f"“{facts['title']}”有了空位，您的候补已转为报名成功。", _page(facts), values)


def task_given(facts: Facts) -> Text:
    """To the member: a decision asks something of him."""
    body = f"“{facts['title']}”议定由您办理：{facts['text']}，请在{day_in_words(facts['due_on'])}前办好。"
    return Text("有一项任务交给您", body, _page(facts))


def joint_asked(facts: Facts) -> Text:
    """To the secretaries of another branch: hold it together?"""
    body = (
        f"{facts['organization']}邀请{facts['partner']}一起开展{_name(facts)}：{short_moment(facts['starts_at'])}，"
        f"{facts['place']}。请在活动页答复；同意后，贵支部党员会收到通知，到场扫码，记录进各自的学习卡。"
    )
    return Text("邀请联合开展活动", body, _page(facts))


def joint_approved(facts: Facts) -> Text:
    """To the secretaries who asked: they will come."""
    return Text("联合活动有了答复", f"{facts['partner']}同意一起开展{_name(facts)}，已通知其党员。", _page(facts))


def joint_denied(facts: Facts) -> Text:
    """To the secretaries who asked: not this time."""
    return Text("联合活动有了答复", f"{facts['partner']}这次不能一起开展{_name(facts)}。", _page(facts))
