"""Texts about posts, terms of office and what stands empty."""

from backend.messaging.texts.shape import Facts, Text, day_in_words


def appointed(facts: Facts) -> Text:
    """To whoever was given a post."""
    until = f"，任期至{day_in_words(facts['ends_on'])}" if facts["ends_on"] else ""
    body = f"您自{day_in_words(facts['starts_on'])}起担任{facts['organization']}的{facts['role']}{until}。"
    return Text(f"您担任{facts['role']}", body, "pages/me/roles")


def ended(facts: Facts) -> Text:
    """To whoever held a post that ends now or soon."""
    if facts["at_once"]:
        body = f"您不再担任{facts['organization']}的{facts['role']}，相应的权限已经收回。感谢您的付出。"
        return Text(f"您不再担任{facts['role']}", body, "pages/me/roles")
    body = (
        f"您担任的{facts['organization']}{facts['role']}将于{day_in_words(facts['ends_on'])}结束，请提前做好工作交接。"
    )
    return Text("任职即将结束", body, "pages/me/roles")


def term_ending(facts: Facts) -> Text:
    """To the secretaries: the term of their own committee ends in so many months."""
    body = (
        f"{facts['organization']}的{facts['roles']}任期将于{day_in_words(facts['ends_on'])}届满，"
        "请及早向上级党组织请示，做好换届准备。"
    )
    clause = f"依据：{facts['clause']}。" if facts["clause"] else ""
    return Text(f"任期不到 {facts['months']} 个月届满", body + clause, _terms(facts["code"]))


def terms_ending_below(facts: Facts) -> Text:
    """To the officers above: whose terms end, in one message for all of one parent."""
    body = f"{facts['above']}所属的{_several(facts)}任期将在 {facts['months']} 个月内届满，请指导做好换届准备。"
    return Text("有党组织任期将满", body, _terms(facts["above_code"]))


def committee_incomplete(facts: Facts) -> Text:
    """To the secretaries: a committee lacks members."""
    body = f"{facts['organization']}还没有{facts['roles']}。如已选出请登记任职，尚未选出请按规定补选。依据：{facts['clause']}。"
    return Text("支部委员会还有空缺", body, _terms(facts["code"]))


def secretaries_missing(facts: Facts) -> Text:
    """To the officers above: which branches have no secretary, once a month in one message."""
    body = f"{facts['above']}所属的{_several(facts)}目前没有登记书记，请及时选配或登记任职。依据：{facts['clause']}。"
    return Text("有党支部缺书记", body, _terms(facts["above_code"]))


def _several(facts: Facts) -> str:
    """Some of them by name and how many there are."""
    names = "、".join(facts["names"])
    return names if facts["count"] == len(facts["names"]) else f"{names}等 {facts['count']} 个党组织"


def _terms(code: str) -> str:
    return f"pages/branch/terms?organization={code}"
