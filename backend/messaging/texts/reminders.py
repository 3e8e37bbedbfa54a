"""Texts of reminders: what is undone, until when, and where to do it. One screen, no reproach."""

from datetime import date

from backend.messaging.texts.shape import Facts, Text, short_moment


def _day(iso: str) -> str:
    return f"{date.fromisoformat(iso):%m月%d日}"


def _when(facts: Facts) -> str:
    return {0: "今天", 1: "明天"}.get(facts["days"], f"{facts['days']} 天后")


def party_day(facts: Facts) -> Text:
    """To those invited: it is near."""
    page = f"pages/activity/detail?id={facts['activity']}"
    body = f"{_when(facts)}主题党日“{facts['title']}”：{short_moment(facts['starts_at'])}，{facts['place']}。有事请提前请假。"
    values = {"title": facts["title"], "starts_at": facts["starts_at"], "place": facts["place"]}
    return Text(f"{_when(facts)}主题党日", body, page, values)


def party_day_for_group(facts: Facts) -> Text:
    """To the branch's group."""
    body = f"【主题党日】{_when(facts)}：{facts['title']}\n时间：{short_moment(facts['starts_at'])}\n地点：{facts['place']}"
    return Text("主题党日提醒", body, f"pages/activity/detail?id={facts['activity']}")


def duty(facts: Facts) -> Text:
    """To the secretaries: something that the period asks for has not taken place."""
    body = f"{facts['organization']}{facts['period']}的{facts['kind']}还没有开，请在{_day(facts['due_on'])}前安排。已经开过的，请补上签到或点名。"
    return Text(f"{facts['kind']}还没有开", body, f"pages/branch/duties?organization={facts['code']}")


def minutes(facts: Facts) -> Text:
    """To the secretaries: a meeting without minutes."""
    body = f"{_day(facts['held_on'])}的{facts['kind']}“{facts['title']}”还没有会议记录，趁记得清楚，补上就不再提醒。"
    return Text("会议记录还没有写", body, f"pages/activity/detail?id={facts['activity']}")


def task(facts: Facts) -> Text:
    """To whom a decision gave something to do."""
    until = _day(facts["due_on"])
    said = (
        f"已过{until}的期限，做完请点“完成”，有困难请告诉支部"
        if facts["late"]
        else f"请在{until}前完成，做完点一下“完成”"
    )
    return Text("决议交办事项", f"“{facts['text']}”：{said}。", "pages/me/tasks")


def waiting(facts: Facts) -> Text:
    """To the secretaries: what waits for their word."""
    return Text("有事项等您处理", f"{facts['organization']}：{_lines(facts)}。", facts["page"])


def orders_waiting(facts: Facts) -> Text:
    """To the secretaries: orders that nobody has in hand."""
    return Text("有工单等人接手", f"{facts['organization']}：{_lines(facts)}。", facts["page"])


def follow_ups(facts: Facts) -> Text:
    """To the secretaries: orders that were done and not asked about."""
    return Text(
        "有工单等待回访", f"{facts['organization']}：{_lines(facts)}，打个电话问一声办得怎么样。", facts["page"]
    )


def weekly(facts: Facts) -> Text:
    """To the secretaries on Friday: the week on one screen."""
    lines = "\n".join(f"· {label} {count}" for label, count in facts["lines"])
    return Text("本周小结", f"{facts['organization']}\n{lines}\n没有列出的都已办好。周末愉快。", facts["page"])


def political_birthday(facts: Facts) -> Text:
    """To a member on the day on which he joined the Party."""
    body = f"{facts['years']} 年前的今天，您光荣地加入了中国共产党。感谢您一路的付出，祝您政治生日快乐。"
    return Text("政治生日快乐", body, "pages/card/index")


def _lines(facts: Facts) -> str:
    return "，".join(f"{label} {count} 件" for label, count in facts["lines"])
