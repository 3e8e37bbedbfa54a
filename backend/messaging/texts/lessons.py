"""Texts about Sunday lessons."""

from backend.messaging.texts.shape import Facts, Text, month_day


def _page(facts: Facts) -> str:
    return f"pages/lesson/detail?id={facts['id']}"


def published(facts: Facts) -> Text:
    """To members: this Sunday's lesson."""
    body = f"本周党课《{facts['title']}》，{facts['lecturer']}主讲，约 {facts['minutes']} 分钟，点开就能听。"
    values = {"title": facts["title"], "lecturer": facts["lecturer"], "at": facts["at"]}
    return Text("党课星期天", body, _page(facts), values)


def published_for_group(facts: Facts) -> Text:
    """To a group: this Sunday's lesson and where to hear it."""
    body = (
        f"【党课星期天】《{facts['title']}》\n主讲：{facts['lecturer']}，约 {facts['minutes']} 分钟\n"
        "打开小程序“支部”即可收听，文字稿同页可读。"
    )
    return Text("党课星期天", body, _page(facts))


def submitted(facts: Facts) -> Text:
    """To those who may review it: a lesson waits."""
    return Text("有党课待审", f"《{facts['title']}》（{facts['lecturer']}）已提交，请审听。", _page(facts))


def approved(facts: Facts) -> Text:
    """To the author: passed."""
    return Text("党课已通过", f"《{facts['title']}》已审核通过，可以排期。", _page(facts))


def returned(facts: Facts) -> Text:
    """To the author: given back, and why."""
    return Text("党课被退回", f"《{facts['title']}》需要修改：{facts['note']}。", _page(facts))


def gap(facts: Facts) -> Text:
    """To the editors: next Sunday is empty."""
    rescue = f"，如不安排将由《{facts['stand_in']}》顶上" if facts.get("stand_in") else "，请尽快安排"
    return Text("周日党课还空着", f"{month_day(facts['publish_on'])}的党课还没有排{rescue}。", "pages/lesson/calendar")


def stood_in(facts: Facts) -> Text:
    """To the editors: the stand-in has taken an empty Sunday."""
    return Text(
        "备用党课已顶上",
        f"{month_day(facts['publish_on'])}没有排党课，已由备用的《{facts['title']}》顶上。",
        _page(facts),
    )


def pack_published(facts: Facts) -> Text:
    """To the secretaries of all branches below: the month's study material is there, or was added to."""
    more = f"等 {facts['items']} 项" if facts["items"] > 1 else ""
    body = f"{facts['organization']}在“{facts['title']}”里发布了《{facts['first']}》{more}，供开会选用。"
    return Text("学习礼包到了", body, f"pages/pack/detail?id={facts['id']}")
