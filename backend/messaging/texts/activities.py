"""Texts about activities."""

from backend.messaging.texts.shape import Facts, Text, short_moment


def _page(facts: Facts) -> str:
    return f"pages/activity/detail?id={facts['activity']}"


def planned(facts: Facts) -> Text:
    """To those invited: what, when, where."""
    body = f"{facts['kind']}“{facts['title']}”：{short_moment(facts['starts_at'])}，{facts['place']}。不能参加请提前请假。"
    values = {"title": facts["title"], "starts_at": facts["starts_at"], "place": facts["place"]}
    return Text(f"{facts['kind']}通知", body, _page(facts), values)


def planned_for_group(facts: Facts) -> Text:
    """To the branch's group."""
    when = short_moment(facts["starts_at"])
    body = f"【{facts['kind']}】{facts['title']}\n时间：{when}\n地点：{facts['place']}\n到场请打开小程序“支部”扫码签到，有事请在小程序请假。"
    return Text(f"{facts['kind']}通知", body, _page(facts))


def cancelled(facts: Facts) -> Text:
    """To those invited: it does not take place."""
    body = f"原定{short_moment(facts['starts_at'])}的{facts['kind']}“{facts['title']}”取消。"
    values = {"title": f"取消：{facts['title']}", "starts_at": facts["starts_at"], "place": facts["place"]}
    return Text("活动取消", body, _page(facts), values)


def cancelled_for_group(facts: Facts) -> Text:
    """To the branch's group: it does not take place."""
    return Text(
        "活动取消",
        f"【取消】原定{short_moment(facts['starts_at'])}的{facts['kind']}“{facts['title']}”取消。",
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
