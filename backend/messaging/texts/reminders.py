"""Texts of reminders: what is undone, until when, and where to do it. One screen, no reproach."""

from backend.messaging.texts.shape import Facts, Text, month_day, named, short_moment


def _when(facts: Facts) -> str:
    return {0: "今天", 1: "明天"}.get(facts["days"], f"{facts['days']} 天后")


def party_day(facts: Facts) -> Text:
    """To those invited: it is near."""
    page = f"pages/activity/detail?id={facts['activity']}"
    body = f"{_when(facts)}{named('主题党日', facts['title'])}：{short_moment(facts['starts_at'])}，{facts['place']}。{_ask(facts)}"
    values = {"title": facts["title"], "starts_at": facts["starts_at"], "place": facts["place"]}
    return Text(f"{_when(facts)}主题党日", body, page, values)


def _ask(facts: Facts) -> str:
    return "有事请提前请假。" if facts["days"] > 0 else "到场请扫码签到。"


def party_day_for_group(facts: Facts) -> Text:
    """To the branch's group."""
    title = "" if facts["title"] == "主题党日" else f"：{facts['title']}"
    body = f"【主题党日】{_when(facts)}{title}\n时间：{short_moment(facts['starts_at'])}\n地点：{facts['place']}"
    return Text("主题党日提醒", body, f"pages/activity/detail?id={facts['activity']}")


def duty(facts: Facts) -> Text:
    """To the secretaries: something that the period asks for has not taken place."""
    body = f"{facts['organization']}{facts['period']}的{facts['kind']}还没有开展，请在{month_day(facts['due_on'])}前安排。已经开过的，请补上签到或点名。"
    return Text(f"{facts['kind']}还没有开展", body, f"pages/branch/duties?organization={facts['code']}")


def minutes(facts: Facts) -> Text:
    """To the secretaries: a meeting without minutes."""
    body = f"{month_day(facts['held_on'])}的{named(facts['kind'], facts['title'])}还没有会议记录，趁记得清楚，补上就不再提醒。"
    return Text("会议记录还没有写", body, f"pages/activity/detail?id={facts['activity']}")


def task(facts: Facts) -> Text:
    """To whom a decision gave something to do."""
    until = month_day(facts["due_on"])
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
    """To the secretaries: orders that were done and not asked about, and people whom others have asked for."""
    return Text("有工单等着打电话", f"{facts['organization']}：{_lines(facts)}，请打个电话问一声。", facts["page"])


def weekly(facts: Facts) -> Text:
    """To the secretaries on Friday: the week on one screen."""
    lines = "\n".join(f"· {label} {count}" for label, count in facts["lines"])
    return Text("本周小结", f"{facts['organization']}\n{lines}\n没有列出的都已办好。周末愉快。", facts["page"])


def dues(facts: Facts) -> Text:
    """To members whose month of dues is not written down: no sum, no reproach, and what to do when it is paid."""
    month = int(facts["month"][5:])
    body = (
        f"{month} 月的党费还没有登记。方便时在{month_day(facts['due_on'])}前交给支部，流动在外的也可以交给所在地的支部。"
        "已经交了的，请支部补个登记，登记后就不再提醒；有困难可以向支部申请少交或免交。"
    )
    return Text(f"{month} 月党费", body, "pages/dues/calculator")


def political_birthday(facts: Facts) -> Text:
    """To a member on the day on which he joined the Party."""
    body = f"{facts['years']} 年前的今天，您光荣地加入了中国共产党。感谢您一路的付出，祝您政治生日快乐。"
    return Text("政治生日快乐", body, "pages/card/index")


def study_gap(facts: Facts) -> Text:
    """To a member, once a quarter: what is still open to him. No figure of his, which stands on his card."""
    lines = "\n".join(f"· {short_moment(one['starts_at'])} {one['title']}" for one in facts["coming"])
    more = f"\n另有 {facts['more']} 场，见“活动”。" if facts["more"] > 0 else ""
    body = f"本季度还有这些学习可以参加，都计学时：\n{lines}{more}\n不方便到场的，请告诉支部，可以送学上门。"
    return Text("还可以参加的学习", body, "pages/activity/list")


def statement(facts: Facts) -> Text:
    """To a member, once a year: his account of what he studied."""
    body = f"{facts['year']} 年的述学可以写了：今年学了什么、有什么收获，几句话就行，写好交给支部。"
    return Text("写一写今年的述学", body, "pages/card/index")


def pack(facts: Facts) -> Text:
    """To the secretaries: a pack has come and nobody has taken notice of it."""
    body = f"{facts['organization']}发来的“{facts['title']}”还没有签收。打开看看，合适的可以选作这个月开会的学习材料。"
    return Text("学习礼包等您签收", body, f"pages/pack/detail?id={facts['id']}")


def _lines(facts: Facts) -> str:
    return "，".join(f"{label} {count} 件" for label, count in facts["lines"])
