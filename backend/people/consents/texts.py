"""What is agreed to, by purpose, in plain words (个人信息保护法 §14, §17, §29). New words are a new version."""

from backend.people.consents.models import ConsentPurpose

VERSION = "2026-11"
TEXTS = {
    ConsentPurpose.MEMBERSHIP: (
        "用您的姓名、手机号和身份证号后几位核实您的党员身份，安排组织生活、记学习卡。只有您的支部和上级党组织能看到。"
        "收回以后，账号不再与党员身份绑定，不能再看党员的内容；党组织的名册和已有的组织生活记录由党组织保存。"
    ),
    ConsentPurpose.LOCATION: (
        "只在您按下“用位置签到”的那一刻用一次，位置会变得模糊，三十天后删除。"
        "收回以后，以前留下的位置马上删除，您仍可扫码签到。"
    ),
    ConsentPurpose.PHOTO: ("活动和办事的照片里可能有您，用来存档和公开答复。收回以后，您上传的照片不再给任何人看。"),
    ConsentPurpose.SERVICE_CONTACT: (
        "您提诉求时，把您填写的姓名和电话告诉受理、办理的人，办完以后就看不到了。"
        "收回以后，他们马上看不到您的电话，还没办完的诉求会提醒他们改用留言或上门联系。"
    ),
}
