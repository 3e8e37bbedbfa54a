"""Texts about groups and about the installation itself."""

from backend.messaging.texts.shape import Facts, Text, clip

# a group's digest stays on one screen
LINE, MOST_LINES = 60, 6


def forward_due(facts: Facts) -> Text:
    """To the secretary: a post waits to be forwarded."""
    why = f"{facts['why']}。" if facts.get("why") else ""
    body = f"{why}“{facts['title']}”已备好，点开即可转发到“{facts['group']}”，转完点一下“已转发”。"
    return Text("有一条消息待转发", body, "pages/forward/list")


def robot_disabled(facts: Facts) -> Text:
    """To the secretary: the robot of a group no longer works."""
    body = f"“{facts['group']}”的群机器人已失效（{facts['reason']}），请在企业微信群里重新添加后更新地址。"
    return Text("群机器人失效", body, "pages/group/list")


def test_post(facts: Facts) -> Text:
    """To a group: does it arrive?"""
    return Text("测试消息", f"【测试】{facts['organization']}的通知会发到这里。看到这条就说明设置好了。")


def digest(facts: Facts) -> Text:
    """To a group: what else there was today, each in one line; the whole of it is in the mini program."""
    lines = [clip("，".join(post.split("\n")[:2]), LINE) for post in facts["posts"]]
    more = len(lines) - MOST_LINES
    shown = [f"{number}. {line}" for number, line in enumerate(lines[:MOST_LINES], start=1)]
    shown += [f"还有 {more} 件，请看小程序。"] if more > 0 else []
    body = lines[0] if len(lines) == 1 else "【今日汇总】\n" + "\n".join(shown)
    return Text("今日汇总", body)


def calendar_missing(facts: Facts) -> Text:
    """To the county: next year's holidays are not known yet, so working time would be counted by weekends."""
    body = f"{facts['year']} 年的节假日安排还没有录入，工作时限暂按周末推算，请尽快补录。"
    return Text("请补录节假日", body)
