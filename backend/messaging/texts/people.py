"""Texts about accounts and membership."""

from backend.messaging.texts.shape import Facts, Text

CLAIM_PAGE = "pages/me/claim"


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
