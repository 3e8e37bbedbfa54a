"""Texts about where an order goes: to another branch, back to the dispatchers, into words; and what is shown of it."""

from backend.messaging.texts.order_shape import for_branch, in_time, page_of, progress
from backend.messaging.texts.shape import Facts, Text


def claim_expired(facts: Facts) -> Text:
    """To the dispatchers: nobody took it in time, it is back in the queue, and whom they might ask next."""
    body = f"“{facts['title']}”到时无人接单，请重新派单。{_next_ones(facts)}"
    return for_branch(facts, "超时未接单", body, "待派单")


def _next_ones(facts: Facts) -> str:
    """Three at most, each with what speaks for him."""
    named = [f"{one['name']}（{'、'.join(one['reasons'])}）" for one in facts.get("proposed") or ()]
    return f"可以考虑：{'；'.join(named)}。" if named else "眼下没有空闲的人选，请电话联系支部的同志。"


def released(facts: Facts) -> Text:
    """To the dispatchers: whoever had it in hand holds no post there any more."""
    body = f"“{facts['title']}”的承办人任职或党员身份已结束，工单退回支部，请重新派单。"
    return for_branch(facts, "请重新派单", body, "待派单")


def released_for_handler(facts: Facts) -> Text:
    """To whoever had it in hand, with thanks."""
    body = f"您在{facts['organization']}的任职或党员身份已结束，“{facts['title']}”已交回支部，谢谢您的付出。"
    return Text("工单已交回支部", body)


def routed(facts: Facts) -> Text:
    """To the dispatchers of the branch that an order was handed to: it lies there and not with the former one."""
    body = f"{facts['service_type']}：{facts['title']}（{facts['place']}），由别的支部转来，{in_time(facts, '受理')}。"
    return for_branch(facts, "转来的诉求待受理", body, "待受理")


def routed_for_requester(facts: Facts) -> Text:
    """To the requester: another branch takes it."""
    body = f"您反映的“{facts['title']}”已转到{facts['organization']}，由他们受理，您不用重新提交。"
    return progress(facts, "已转到所在支部", body, facts["state"], "已转到所在支部")


def written_down(facts: Facts) -> Text:
    """To the requester: his voice note was heard and written down; what it says stands in the order."""
    body = f"支部听了您的语音（“{facts['title']}”），已记成文字，请打开看看记得对不对，不对可以撤单重提。"
    return progress(facts, "语音已记成文字", body, facts["state"], "请看记得对不对")


def called_back(facts: Facts) -> Text:
    """To the handler: what the person himself says for whom somebody else has asked."""
    if not facts["reached"]:
        tail = "两次没有联系上本人，请上门时当面问清楚。" if facts["over"] else "还没有联系上本人。"
    elif facts["agrees"]:
        tail = "已和本人核实，可以办理。"
    else:
        tail = "本人表示不需要或不同意，请先不要上门，和派单员商量。"
    return Text("本人核实结果", f"“{facts['title']}”由别人代办，{tail}", page_of(facts))


def picture_withheld(facts: Facts) -> Text:
    """To the uploader: his picture is shown to nobody else for now, and why."""
    body = f"您在“{facts['title']}”里上传的一张照片，支部暂不给别人看：{facts['reason']}。诉求照常办理，可以补充一张别的照片。"
    return Text("一张照片不再显示", body, page_of(facts))


def picture_shown(facts: Facts) -> Text:
    """To the uploader: his picture is shown again."""
    return Text("照片已恢复显示", f"您在“{facts['title']}”里上传的照片已恢复显示。", page_of(facts))
