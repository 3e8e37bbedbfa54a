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
    "member.add": "添加党员",
    "member.change": "修改党员资料",
    "card.replace": "补办学习卡",
    "organization.contact": "修改党组织联系方式",
    "exemption.reveal": "查看免予考核原因",
    "exemption.approved": "同意免予考核",
    "exemption.denied": "不同意免予考核",
    "exemption.ended": "结束免予考核",
    "desk.user_created": "开通工作台用户",
    "desk.user_locked": "锁定或解锁工作台用户",
    "desk.password_reset": "重置工作台密码",
    "dead_letter.retry": "重发没发出去的消息",
    "timer.changed": "调整办理时限",
    "kind.changed": "调整服务类别",
    "calendar.declared": "安排工作日历",
    "calendar.withdrawn": "撤销工作日历安排",
    "message_limits.changed": "调整发送限额",
    "survey.opened": "发布需求调研",
    "survey.closed": "结束需求调研",
    "survey.exported": "导出学习需求清单",
}


# changes of rules: whoever works by them may see who changed them
OF_RULES = ("kind.changed", "timer.changed", "calendar.declared", "calendar.withdrawn", "message_limits.changed")


def label_of(action: str) -> str:
    """The action in Chinese; one without a label shows its name."""
    return LABELS.get(action, action)
