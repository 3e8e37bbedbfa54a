"""Texts about surveys: what is asked and why, and who is still to be heard. Nobody is named, nobody is blamed."""

from backend.messaging.texts.shape import Facts, Text, month_day, short_moment


def _page(facts: Facts) -> str:
    return f"pages/surveys/fill?id={facts['id']}"


def opened(facts: Facts) -> Text:
    """To members: a survey for them, what it is for and until when."""
    begins = f"（{short_moment(facts['opens_at'])}开始）" if facts["opens_at"] else ""
    kept = "匿名填写，系统不保存谁答了什么" if facts["anonymous"] else "实名填写，截止前可以改"
    body = (
        f"{facts['organization']}的“{facts['title']}”共 {facts['questions']} 题，"
        f"请在{short_moment(facts['closes_at'])}前填{begins}。{facts['purpose'].rstrip('。')}。{kept}。"
    )
    return Text("请您说说学习需求", body, _page(facts))


def short(facts: Facts) -> Text:
    """To the secretaries: the branch has not reached the share that is asked for."""
    body = (
        f"“{facts['title']}”{_until(facts)}截止，{facts['branch']}应填 {facts['due']} 人，已填 {facts['answered']} 人，"
        f"到 {facts['percent']}% 还差 {facts['lacking']} 人。见面时提一句就好，填够了不再提醒。"
    )
    return Text("需求调研还差几份", body, _page(facts))


def own_answers(facts: Facts) -> Text:
    """To a member who has not answered, once."""
    body = (
        f"{facts['organization']}的“{facts['title']}”{_until(facts)}截止，共 {facts['questions']} 题。"
        "您想学什么，说了才好安排；不方便就不填，只提醒这一次。"
    )
    return Text("有份调研想听您的意见", body, _page(facts))


def _until(facts: Facts) -> str:
    return "今天" if facts["days"] == 0 else f"{month_day(facts['last_on'])}"
