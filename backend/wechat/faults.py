"""What the platform's error codes mean for us: classified once, in one table."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

MAX_DETAIL = 160


class Remedy(StrEnum):
    """What to do about a refusal of the platform."""

    RETRY_LATER = "retry_later"
    REFRESH_TOKEN = "refresh_token"  # noqa: S105 a remedy, not a token
    DROP_GRANT = "drop_grant"
    DISABLE_CHANNEL = "disable_channel"
    CALL_A_PERSON = "call_a_person"
    GIVE_UP = "give_up"


@dataclass(frozen=True)
class Ruling:
    """What to do, what to tell an operator, and after how many seconds the same call may succeed.

    0 seconds: for RETRY_LATER by back-off alone, for the others never. A person who is called to mend the set-up
    (a secret, an address list) makes the same call succeed afterwards, so such a ruling has a pause too.
    """

    remedy: Remedy
    advice: str
    retry_after: int = 0


def _later(advice: str, seconds: int = 0) -> Ruling:
    return Ruling(Remedy.RETRY_LATER, advice, seconds)


def _set_up(advice: str) -> Ruling:
    return Ruling(Remedy.CALL_A_PERSON, advice, 600)


def _person(advice: str) -> Ruling:
    return Ruling(Remedy.CALL_A_PERSON, advice)


def _never(advice: str) -> Ruling:
    return Ruling(Remedy.GIVE_UP, advice)


def _removed(advice: str) -> Ruling:
    return Ruling(Remedy.DISABLE_CHANNEL, advice)


_REFRESH = Ruling(Remedy.REFRESH_TOKEN, "access_token 失效，系统会自动换新；反复出现时请检查是否有别的系统也在换取")
_WRONG_SECRET = _set_up("密钥不对：到公众平台后台核对 AppSecret（企业微信为应用 Secret），改 *_SECRET 后重启")
_SPENT_CODE = _never("登录码或手机号授权码无效、过期或已用过，请用户重新操作")
_OUR_FAULT = _never("请求参数不合平台要求，是本系统的缺陷，请把日志交给开发人员")

# Sources: wechat.md §B (mini program), §C (official account), §D (WeCom), §H (what each call checks).
RULINGS: Mapping[int, Ruling] = {
    # the platform itself
    -1: _later("微信系统繁忙，系统会自动重试"),
    50004: _set_up("平台禁止使用 token 接口，请到公众平台后台查看账号状态"),
    50007: _set_up("账号已冻结，请到公众平台后台处理"),
    # tokens and credentials
    40001: _REFRESH,
    40014: _REFRESH,
    42001: _REFRESH,
    41001: _OUR_FAULT,
    40002: _never("grant_type 不对，或主体为个人的小程序不能调用此接口"),
    40013: _set_up("AppID（企业微信为 CorpID）不对：核对 *_APPID 或 WECOM_CORP_ID 后重启"),
    40125: _WRONG_SECRET,
    40164: _set_up("服务器 IP 不在白名单：到公众平台“开发管理－IP 白名单”加入本机出口 IP"),
    40243: _set_up("AppSecret 已冻结：到公众平台后台解冻或重置"),
    41002: _set_up("没有 AppID：请设置 *_APPID 或 WECOM_CORP_ID"),
    41004: _set_up("没有密钥：请设置 *_SECRET"),
    48001: _set_up("账号没有此接口的权限：核对账号类型、认证状态与服务类目"),
    89503: _set_up("此 IP 调用需要管理员确认：请管理员在微信里确认"),
    89506: _set_up("此 IP 的调用 24 小时内被管理员拒绝两次，24 小时内不能再用"),
    89507: _set_up("此 IP 的调用 1 小时内被管理员拒绝一次，1 小时内不能再用"),
    # too fast, too much
    44990: _later("每秒调用太多，稍后自动重试", 1),
    44991: _later("每分钟调用太多，一分钟后自动重试", 60),
    44993: _later("今天的链接额度已用完，系统会再试；长期如此请减少生成", 3600),
    45009: _later("接口额度已用完，系统会再试；可到公众平台后台清零或申请提额", 3600),
    45011: _later("每分钟调用太多，一分钟后自动重试", 60),
    45063: _later("生成小程序码太频繁，稍后自动重试", 60),
    # log-in and session
    40029: _SPENT_CODE,
    40163: _SPENT_CODE,
    40226: _never("微信判定为高风险用户，拒绝其登录小程序"),
    41008: _SPENT_CODE,
    40030: _never("refresh_token 无效，请用户重新授权"),
    87007: _never("用户的 session_key 已失效，请用户重新打开小程序"),
    87008: _OUR_FAULT,
    87009: _never("session_key 与微信保存的不一致，请用户重新打开小程序"),
    # whom a message is for
    40003: _never("openid 不属于这个账号"),
    43004: _never("对方没有关注公众号"),
    43101: Ruling(Remedy.DROP_GRANT, "用户没有订阅、额度用完或已拒收，站内消息仍可看到"),
    43104: _never("openid 不属于这个小程序"),
    43107: _person("小程序的订阅消息能力被封禁，请到公众平台后台申诉"),
    43108: _later("同一用户的消息正在发送，稍后自动重试", 2),
    45015: _never("用户 48 小时内没有互动，客服消息发不出去"),
    45047: _never("这次互动可回复的客服消息条数已用完"),
    # what a message says
    40008: _OUR_FAULT,
    40037: _person("模板编号不存在：到公众平台“订阅消息－我的模板”核对，并更新系统里的模板"),
    41030: _person("页面路径不存在或未发布：请发布含此页面的小程序版本"),
    44002: _OUR_FAULT,
    44004: _never("消息内容为空"),
    45002: _never("消息内容太长"),
    45168: _never("消息含敏感词，微信拒绝发送"),
    47001: _OUR_FAULT,
    47003: _person("模板字段与内容不符：运行 python -m backend doctor 核对模板字段"),
    43001: _OUR_FAULT,
    43002: _OUR_FAULT,
    40066: _OUR_FAULT,
    # codes and links
    40097: _OUR_FAULT,
    40129: _OUR_FAULT,
    40165: _person("小程序链接的页面路径不存在或未发布：请发布含此页面的小程序版本"),
    40169: _OUR_FAULT,
    40212: _OUR_FAULT,
    45029: _never("永久二维码数量已达上限，请改用不限数量的小程序码"),
    85079: _person("小程序还没有发布，请先发布"),
    85096: _OUR_FAULT,
    85401: _OUR_FAULT,
    85402: _OUR_FAULT,
    85406: _person("小程序没有生成此类链接的权限，请核对主体与类目"),
    85407: _person("个人主体的小程序不能生成链接"),
    85408: _later("生成链接太多，稍后自动重试", 3600),
    # content check
    -1008: _never("微信取不到要检查的文件：核对 PUBLIC_URL 能从公网访问"),
    40004: _OUR_FAULT,
    61010: _never("作者两小时内没有打开过小程序，微信不予检查，请人工审核"),
    87014: _never("内容含违法违规信息"),
    87020: _later("同一文件检查太频繁，一分钟后自动重试", 60),
    # cards that change after they were shared
    47501: _never("动态消息编号无效"),
    47502: _OUR_FAULT,
    47503: _OUR_FAULT,
    47504: _never("动态消息已过 24 小时，不能再更新"),
    # menu, mass sending
    40016: _OUR_FAULT,
    40018: _OUR_FAULT,
    40019: _OUR_FAULT,
    40020: _OUR_FAULT,
    40023: _OUR_FAULT,
    46003: _never("公众号没有设置菜单"),
    45028: _never("本月群发次数已用完"),
    45065: _never("同一编号的群发已经提交过"),
    61451: _OUR_FAULT,
}

WECOM_RULINGS: Mapping[int, Ruling] = {
    45009: _later("群机器人或应用发送太快，一分钟后自动重试", 60),
    60011: _set_up("企业微信应用没有权限：把应用可见范围设为根部门，并开通客户联系权限"),
    60020: _set_up("服务器 IP 不在企业可信 IP 中：到企业微信管理后台应用详情里加入本机出口 IP"),
    # files
    40005: _never("文件类型不支持"),
    40006: _never("文件大小不符：文件 5 字节至 20 MB，语音不超过 2 MB"),
    40007: _never("素材编号无效或已过三天，请重新上传"),
    40009: _never("图片太大：不超过 2 MB"),
    44001: _OUR_FAULT,
    45001: _never("文件太大：文件不超过 20 MB，语音不超过 2 MB"),
    301019: _OUR_FAULT,
    # what a post says
    40058: _never("消息内容不合企业微信要求：太长，或缺少必填项"),
    41010: _OUR_FAULT,
    93017: _never("消息内容为空"),
    93018: _never("图片太大：不超过 2 MB"),
    # chats of an application
    86001: _never("群编号不合要求或已被占用"),
    86003: _removed("群已不存在，请重新建群"),
    86004: _never("群成员不合要求"),
    86005: _never("群主不合要求：群主须是群成员"),
    86006: _never("群成员人数须在 2 至 2000 之间"),
    86007: _never("有群成员不在企业通讯录或不在应用可见范围内"),
    86008: _removed("群不是本应用创建的，不能向它发消息"),
    # robots
    93000: _removed("群机器人已被移除或密钥已失效：请在群里重新添加机器人，并更新密钥"),
    93001: _removed("此群不允许推送消息，请换一个内部群"),
    93004: _removed("群机器人已停用，请在群里重新启用"),
    93006: _removed("群编号无效，请在群里重新添加机器人，并更新密钥"),
    93008: _removed("群机器人已不在群里，请重新添加，并更新密钥"),
    93019: _removed("群机器人编号无效，请重新添加，并更新密钥"),
}

# asked for a token, these speak of the secret: there is no token yet that could be wrong
TOKEN_CALL_RULINGS: Mapping[int, Ruling] = dict.fromkeys((40001, 40014, 42001), _WRONG_SECRET)

_NO_ANSWER = _later("微信没有应答，系统会自动重试；持续出现请检查网络")
_UNKNOWN = _never("未登记的错误码，请查微信官方文档")


class PlatformFault(Exception):
    """A call that the platform refused or never answered; carries no URL and no secret.

    `errcode` is None when there was no answer that could be read; `ambiguous`: the platform may have done what it
    was asked all the same. `retry_after` is in seconds. `detail` is the platform's own sentence, for an operator.
    """

    rulings: ClassVar[Mapping[int, Ruling]] = RULINGS

    def __init__(self, errcode: int | None, what: str, detail: str = "", *, ambiguous: bool | None = None) -> None:
        super().__init__(f"{what}: {'no answer' if errcode is None else errcode}")
        self.errcode = errcode
        self.what = what
        self.detail = detail[:MAX_DETAIL]
        self.ambiguous = errcode is None if ambiguous is None else ambiguous
        self.ruling = _NO_ANSWER if errcode is None else self.rulings.get(errcode, _UNKNOWN)

    @property
    def remedy(self) -> Remedy:
        """What to do about it."""
        return self.ruling.remedy

    @property
    def retry_after(self) -> int:
        """Seconds until the same call may succeed; 0 when only the back-off says."""
        return self.ruling.retry_after

    @property
    def advice(self) -> str:
        """What an operator should do, in Chinese."""
        return self.ruling.advice

    @property
    def permanent(self) -> bool:
        """Whether the same call can never succeed."""
        return self.remedy not in {Remedy.RETRY_LATER, Remedy.REFRESH_TOKEN} and not self.retry_after


class WeComFault(PlatformFault):
    """The same of WeCom, where some codes mean something else."""

    rulings: ClassVar[Mapping[int, Ruling]] = {**RULINGS, **WECOM_RULINGS}


class TokenFault(PlatformFault):
    """No token was to be had, so the call that needed one was never made."""

    rulings: ClassVar[Mapping[int, Ruling]] = {**RULINGS, **WECOM_RULINGS, **TOKEN_CALL_RULINGS}

    def __init__(self, errcode: int | None, what: str, detail: str = "", *, ambiguous: bool | None = None) -> None:
        super().__init__(errcode, what, detail, ambiguous=False)


class Unsendable(WeComFault):
    """What the platform would refuse, refused before the call; `errcode` is the one that it would give."""
