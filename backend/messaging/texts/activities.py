"""Texts about activities."""

from backend.messaging.texts.shape import Facts, Text, short_moment


def _page(facts: Facts) -> str:
    return f"pages/activity/detail?id={facts['id']}"


def planned(facts: Facts) -> Text:
    """To those invited: what, when, where."""
    body = f"{facts['kind_label']}“{facts['title']}”：{short_moment(facts['starts_at'])}，{facts['place']}。不能参加请提前请假。"
    values = {"title": facts["title"], "starts_at": facts["starts_at"], "place": facts["place"]}
    return Text(f"{facts['kind_label']}通知", body, _page(facts), values)


def planned_for_group(facts: Facts) -> Text:
    """To the branch's group."""
    when = short_moment(facts["starts_at"])
    body = f"【{facts['kind_label']}】{facts['title']}\n时间：{when}\n地点：{facts['place']}\n到场请打开小程序“支部”扫码签到，有事请在小程序请假。"
    return Text(f"{facts['kind_label']}通知", body, _page(facts))


def cancelled(facts: Facts) -> Text:
    """To those invited: it does not take place."""
    body = f"原定{short_moment(facts['starts_at'])}的{facts['kind_label']}“{facts['title']}”取消。"
    values = {"title": f"取消：{facts['title']}", "starts_at": facts["starts_at"], "place": facts["place"]}
    return Text("活动取消", body, _page(facts), values)


def cancelled_for_group(facts: Facts) -> Text:
    """To the branch's group: it does not take place."""
    return Text(
        "活动取消",
        f"【取消】原定{short_moment(facts['starts_at'])}的{facts['kind_label']}“{facts['title']}”取消。",
    )
