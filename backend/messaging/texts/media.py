"""Texts about the check of pictures and sound."""

from backend.messaging.texts.shape import Facts, Text

NAMES = {"picture": "图片", "audio": "录音"}
REMEDY = "它现在只有您自己和审核人员看得到。请换一份重新提交，有疑问可以联系支部。"


def waits(facts: Facts) -> Text:
    """To the moderators: their queue is no longer empty."""
    name = NAMES[facts["kind"]]
    return Text(
        f"有{name}待人工审核", f"有{name}没有得到平台的检查结论，请在“内容审核”里看一下，通过后其他人才看得到。"
    )


def refused(facts: Facts) -> Text:
    """To the uploader: the file is not shown to others, why if somebody said so, and what to do."""
    name = NAMES[facts["kind"]]
    reason = f"说明：{facts['note']}。" if facts["note"] else ""
    return Text(f"{name}未通过检查", f"您上传的{name}没有通过内容检查。{reason}{REMEDY}")
