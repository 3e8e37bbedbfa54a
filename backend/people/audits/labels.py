"""What the actions of the audit log are called."""

LABELS = {
    "me.export": "导出个人信息",
    "order.contact_opened": "查看工单联系方式",
    "order.text_passed": "放行工单文字",
    "order.text_refused": "不放行工单文字",
    "account.erased": "注销账号",
    "correction.approved": "更正名册",
    "correction.denied": "未更正名册",
    "me.erasure_asked": "申请注销",
    "me.erasure_cancelled": "撤回注销申请",
    "orders.exported": "导出工单",
    "media.passed": "放行图片或录音",
    "media.refused": "不放行图片或录音",
    "member.reveal": "查看名册字段",
    "member.unbound": "解除账号与党员身份的绑定",
    "roster.export": "导出名册",
    "roster.import": "导入名册",
}


def label_of(action: str) -> str:
    """The action in Chinese; one without a label shows its name."""
    return LABELS.get(action, action)
