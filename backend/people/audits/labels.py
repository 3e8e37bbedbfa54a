"""What the actions of the audit log are called."""

LABELS = {
    "me.export": "导出个人信息",
    "order.contact_opened": "查看工单联系方式",
    "order.text_passed": "放行工单文字",
    "order.text_refused": "不放行工单文字",
    "roster.export": "导出名册",
    "roster.import": "导入名册",
}


def label_of(action: str) -> str:
    """The action in Chinese; one without a label shows its name."""
    return LABELS.get(action, action)
