"""Texts about members away from home. They name a member by his family name only."""

from backend.messaging.texts.shape import Facts, Text, day_in_words


def _page(facts: Facts) -> str:
    return f"pages/floating/detail?id={facts['id']}"


def planned(facts: Facts) -> Text:
    """To the secretaries at home: a member is about to leave."""
    body = f"{facts['member']}登记了外出计划，请指定联系人并登记流出。"
    return Text("有党员拟外出", body, _page(facts))


def registered(facts: Facts) -> Text:
    """To the member: home has taken note."""
    body = f"{facts['home']}已登记您的外出，联系人是{facts['contact']}。到达后请到当地党群服务中心扫码报到，或查找流入地党组织报到。"
    return Text("外出已登记", body, _page(facts))


def contact_named(facts: Facts) -> Text:
    """To the contact person."""
    body = f"{facts['home']}请您与外出的{facts['member']}保持联系，联系后请在记录里登记一笔。"
    return Text("您是流动党员联系人", body, _page(facts))


def arrived(facts: Facts) -> Text:
    """To the secretaries at home: he came to the host before they had registered it."""
    body = f"{facts['member']}已在{facts['host']}报到，支部还没有登记流出，请确认并指定联系人。"
    return Text("有党员在外报到，待确认", body, _page(facts))


def reported_in(facts: Facts) -> Text:
    """To the secretaries of the host."""
    body = f"{facts['home']}的{facts['member']}向{facts['host']}报到，请确认接收并编入党小组；不能接收的，请说明理由。"
    return Text("有流动党员报到", body, _page(facts))


def hosted_for_member(facts: Facts) -> Text:
    """To the member."""
    body = f"{facts['host']}已接收您参加组织生活。在那里签到、学习都会记入学习卡；表决和选举仍在{facts['home']}。"
    return Text("流入地已接收", body, _page(facts))


def hosted(facts: Facts) -> Text:
    """To the secretaries at home."""
    body = f"{facts['host']}已接收{facts['member']}参加组织生活。在那里签到、学习都会记入学习卡；表决和选举仍在{facts['home']}。"
    return Text("流入地已接收", body, _page(facts))


def refused_for_member(facts: Facts) -> Text:
    """To the member."""
    body = f"{facts['host']}没有接收您的报到，理由：{facts['reason']}。您可以向另一个党组织报到，{facts['home']}继续与您保持联系。"
    return Text("流入地未接收", body, _page(facts))


def refused(facts: Facts) -> Text:
    """To the secretaries at home."""
    body = f"{facts['host']}没有接收{facts['member']}，理由：{facts['reason']}。可以向另一个党组织报到，{facts['home']}继续保持联系。"
    return Text("流入地未接收", body, _page(facts))


def refusal_seen(facts: Facts) -> Text:
    """To those above the host: a refusal and its reason."""
    body = f"{facts['host']}没有接收{facts['home']}的流动党员{facts['member']}，理由：{facts['reason']}。请看看理由是否成立。"
    return Text("有流动党员未被接收", body, _page(facts))


def returning(facts: Facts) -> Text:
    """To the secretaries at home."""
    body = f"{facts['member']}即将返回，请查看学习卡，对外出期间作出评价。"
    return Text("流动党员即将返回", body, _page(facts))


def leaving(facts: Facts) -> Text:
    """To the secretaries of the host."""
    body = f"{facts['home']}的{facts['member']}即将返回。如有情况要向原支部说明，可以在办结前确认他的学习记录。"
    return Text("流动党员即将离开", body, _page(facts))


def appraised(facts: Facts) -> Text:
    """To the member."""
    return Text("外出期间已评价", f"{facts['home']}对您外出期间的学习作出了评价，请查看并确认。", _page(facts))


def ended(facts: Facts) -> Text:
    """To the member."""
    return Text("外出记录已办结", f"欢迎回来。{facts['home']}已办结您的外出记录。", _page(facts))


def left(facts: Facts) -> Text:
    """To the secretaries of the host: he is no longer with them."""
    body = f"{facts['home']}的{facts['member']}不再作为流动党员参加{facts['host']}的组织生活，感谢这段时间的照管。"
    return Text("流动党员已离开", body, _page(facts))


def transfer_advised_for_member(facts: Facts) -> Text:
    """To the member (clause 25)."""
    body = (
        f"您外出已满六个月且地点固定，建议把组织关系转到经常居住地，请与{facts['home']}商量。依据：{facts['clause']}。"
    )
    return Text("建议转接组织关系", body, _page(facts))


def transfer_advised(facts: Facts) -> Text:
    """To the secretaries at home (clause 25)."""
    body = (
        f"{facts['member']}外出已满六个月且地点固定，请与本人商量，把组织关系转到经常居住地。依据：{facts['clause']}。"
    )
    return Text("建议转接组织关系", body, _page(facts))


def contact_due(facts: Facts) -> Text:
    """To the contact person."""
    body = f"与{facts['member']}该联系一次了，联系后请登记一笔。依据：{facts['clause']}。"
    return Text("该联系流动党员了", body, _page(facts))


def watch_raised(facts: Facts) -> Text:
    """To the contact person: nothing was heard of somebody. The clause is in the mini program, where it is read whole."""
    body = f"已有{facts['months']}个月没有{facts['member']}的联系、签到或学习记录，请设法联系并登记结果。这只是提醒，不影响党员身份。"
    return Text("请查找一位流动党员", body, _page(facts))


def watch_for_branch(facts: Facts) -> Text:
    """To the secretaries at home, who look after it together with the contact person."""
    body = f"已有{facts['months']}个月没有{facts['member']}的联系、签到或学习记录，已请联系人{facts['contact'] or '（未指定）'}查找，请予关心。"
    return Text("一位流动党员久无音讯", body, _page(facts))


def transfer_asked(facts: Facts) -> Text:
    """To the secretaries of the receiving branch."""
    body = f"{facts['sender']}请求把{facts['member']}的组织关系转来，请审核后接收；无正当理由不应拒接。"
    return Text("有组织关系待接收", body, "pages/branch/transfers")


def transfer_accepted_for_member(facts: Facts) -> Text:
    """To the member."""
    body = f"{facts['receiver']}已接收您的组织关系，自{day_in_words(facts['on'])}起您参加该支部的组织生活。"
    return Text("组织关系已转接", body, "pages/card/index")


def transfer_accepted(facts: Facts) -> Text:
    """To the secretaries who sent him."""
    body = (
        f"{facts['receiver']}已接收{facts['member']}的组织关系，自{day_in_words(facts['on'])}起参加该支部的组织生活。"
    )
    return Text("组织关系已转接", body, "pages/branch/transfers")


def transfer_declined(facts: Facts) -> Text:
    """To the secretaries who asked."""
    body = f"{facts['receiver']}没有接收{facts['member']}的组织关系，理由：{facts['reason']}。接收前，原支部继续负责。"
    return Text("组织关系未被接收", body, "pages/branch/transfers")


def transfer_refusal_seen(facts: Facts) -> Text:
    """To those above the receiving branch (clause 25: no refusing without cause)."""
    body = f"{facts['receiver']}没有接收{facts['sender']}转来的组织关系，理由：{facts['reason']}。请看看理由是否成立。"
    return Text("有组织关系未被接收", body, "pages/branch/transfers")


def report_in_asked(facts: Facts) -> Text:
    """To the secretaries of the community branch: a member who lives or helps there reports in (双报到)."""
    body = f"{facts['member']}到{facts['organization']}报到，愿意参加社区服务，请确认。"
    return Text("有在职党员来报到", body, "pages/branch/report-ins")


def report_in_decided(facts: Facts) -> Text:
    """To the member."""
    said = "已确认您的报到，期待您参加社区服务" if facts["confirmed"] else f"没有确认您的报到：{facts['reason']}"
    return Text("社区报到有了答复", f"{facts['organization']}{said}。", "pages/me/report-ins")
