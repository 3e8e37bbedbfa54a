"""Texts about accounts and membership."""

from backend.messaging.texts.shape import Facts, Text, moment

CLAIM_PAGE = "pages/me/claim"
HANDLER_PAGE = "pages/me/handler"


def claim_submitted(facts: Facts) -> Text:
    """To the secretaries: somebody says that he is a member of the branch."""
    body = f"{facts['name']}申请认领{facts['organization']}的党员身份，请核实后审批。"
    return Text("有身份认领待核实", body, f"pages/branch/claims?organization={facts['code']}")


def claim_approved(facts: Facts) -> Text:
    """To the asker: he is a member now."""
    return Text("身份认领已通过", f"{facts['organization']}已确认您的党员身份。", CLAIM_PAGE)


def claim_denied(facts: Facts) -> Text:
    """To the asker: not confirmed; what the branch writes to it stands in the mini program."""
    body = f"{facts['organization']}没有确认您的认领申请，可在小程序查看说明，或直接联系支部。"
    return Text("身份认领未通过", body, CLAIM_PAGE)


def team_join_asked(facts: Facts) -> Text:
    """To the leader of a team: somebody wants to help, too."""
    body = f"{facts['name']}申请加入“{facts['team']}”，请在服务队页面确认或谢绝。"
    return Text("有人申请加入服务队", body, f"pages/branch/team?id={facts['id']}")


def team_joined(facts: Facts) -> Text:
    """To somebody who belongs to a team now."""
    body = f"您已加入{facts['organization']}的“{facts['team']}”，派给服务队的任务您都可以接。"
    return Text("您已加入服务队", body, HANDLER_PAGE)


def household_added(facts: Facts) -> Text:
    """To somebody whom the grid worker has put down for a door."""
    body = f"网格员已把您登记在{facts['grid']}“{facts['door']}”。如果不是您家，请在“我的住户”里退出。"
    return Text("您已登记入户", body, "pages/me/household")


def claim_ended(facts: Facts) -> Text:
    """To whoever has withdrawn his consent: what that did."""
    body = f"您收回了同意，账号已不再与{facts['organization']}的党员身份绑定。需要时可以重新认领。"
    return Text("党员身份已解除绑定", body, CLAIM_PAGE)


def claim_ended_for_branch(facts: Facts) -> Text:
    """To the secretaries: a member is no longer reached here; the roster is as it was."""
    body = f"{facts['name']}收回了同意，账号不再与党员身份绑定。名册没有变动，有事请电话联系。"
    return Text("有党员解除了账号绑定", body, f"pages/branch/claims?organization={facts['code']}")


def correction_asked(facts: Facts) -> Text:
    """To the secretaries: a member says that the roster has something wrong."""
    body = f"{facts['name']}申请更正名册里的{facts['field']}，请核实后决定。"
    return Text("有名册更正待核实", body, f"pages/branch/requests?organization={facts['code']}")


def correction_approved(facts: Facts) -> Text:
    """To the asker: the roster says it now."""
    return Text("名册已更正", f"您申请更正的{facts['field']}，{facts['organization']}已核实并更正。", "pages/me/data")


def correction_denied(facts: Facts) -> Text:
    """To the asker: the roster stays; the note stands in the mini program."""
    body = f"您申请更正的{facts['field']}，{facts['organization']}没有更正，可在小程序查看说明，或直接联系支部。"
    return Text("名册未更正", body, "pages/me/data")


def erasure_asked(facts: Facts) -> Text:
    """To whoever asked for his account to be erased."""
    until = moment(facts["due_at"])
    body = f"我们收到了您的注销申请，将在{until}执行。在那之前，您随时可以在“我的资料”里撤回。"
    return Text("已收到注销申请", body, "pages/me/data")


def erasure_cancelled(_facts: Facts) -> Text:
    """To whoever has changed his mind."""
    return Text("注销申请已撤回", "您的账号照常使用，什么也没有删除。", "pages/me/data")


def dues_unrecorded(facts: Facts) -> Text:
    """To the secretaries: how many members' dues of the month are not written down; nobody is named."""
    month = int(facts["month"][5:])
    body = f"{facts['organization']}还有 {facts['count']} 名党员 {month} 月的党费没有登记。已收缴的请补登记，未收缴的请提醒按月交纳。"
    return Text(f"{month} 月党费登记", body, f"pages/branch/dues?organization={facts['code']}")
