"""`python -m backend doctor`: looks at everything that an installation needs, and says what to do about each fault."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import NamedTuple

import peewee as pw
import requests
import structlog

from backend.card.printing import WHOLE_FONT
from backend.core.clock import local_day
from backend.core.crypto import opened
from backend.core.database import connected, database
from backend.core.migration import pending
from backend.core.settings import WECHAT_API_URL, WECOM_API_URL, Settings
from backend.messaging.models import Channel, GroupChat, MessageTemplate
from backend.messaging.rules import Purpose
from backend.wechat.client import TIMEOUT_S, session_for
from backend.wechat.faults import PlatformFault
from backend.wechat.gateway import Gateway
from backend.wechat.miniprogram import Template
from backend.workdays.due import ASKED_FROM_MONTH, is_known

# callbacks are refused when clocks differ by five minutes; whoever is near that has to act
CLOCK_NOTICE, CLOCK_FAULT = timedelta(seconds=30), timedelta(minutes=2)

log = structlog.get_logger()


class Level(StrEnum):
    """How bad it is; the value is what the operator reads."""

    WELL = "正常"
    NOTICE = "注意"
    FAULT = "故障"


class Finding(NamedTuple):
    """One thing that was looked at; `remedy` says what to do about it."""

    level: Level
    subject: str
    text: str
    remedy: str = ""

    def line(self) -> str:
        """One line for a terminal."""
        return f"[{self.level}] {self.subject}：{self.text}" + (f"\n       处理：{self.remedy}" if self.remedy else "")


Findings = Iterator[Finding]


@dataclass(frozen=True)
class Patient:
    """The installation that is looked at; `now` is its own idea of the time."""

    settings: Settings
    gateway: Gateway
    now: datetime
    refused: set[str] = field(default_factory=set)


def well(subject: str, text: str) -> Finding:
    """Nothing to do."""
    return Finding(Level.WELL, subject, text)


def notice(subject: str, text: str, remedy: str) -> Finding:
    """Works, but somebody should know."""
    return Finding(Level.NOTICE, subject, text, remedy)


def fault(subject: str, text: str, remedy: str) -> Finding:
    """Does not work."""
    return Finding(Level.FAULT, subject, text, remedy)


def examine(settings: Settings, *, now: datetime) -> Findings:
    """Look at everything in turn; a check that breaks off is a finding, and stops no other."""
    patient = Patient(settings, Gateway(settings, lambda: now), now)
    for subject, look in FROM_OUTSIDE.items():
        yield from _guarded(subject, look, patient)
    try:
        with connected():
            yield from look_at_database(patient)
            for subject, look in FROM_THE_DATABASE.items():
                yield from _guarded(subject, look, patient)
    except pw.DatabaseError as error:
        remedy = "检查 DATABASE_URL、数据库服务与迁移；处理之后再运行一次，模板、机器人与节假日都要读数据库"
        yield fault("数据库", f"用不了（{type(error).__name__}）", remedy)


def _guarded(subject: str, look: "Look", patient: Patient) -> Findings:
    if NEEDS.get(subject) in patient.refused:
        yield notice(subject, "没有检查", f"先处理“{NEEDS[subject]}”的故障")
        return
    try:
        yield from look(patient)
    except PlatformFault as trouble:
        patient.refused.add(subject)
        yield _platform_fault(subject, trouble)
    except pw.DatabaseError:
        raise
    except Exception as error:
        log.debug("check broke off", exc_info=True)
        yield fault(subject, f"检查没有完成（{type(error).__name__}）", "请把此行交给开发人员")


def look_at_settings(patient: Patient) -> Findings:
    """What loaded well may still be no good for production."""
    settings = patient.settings
    yield well("配置", "必需的配置齐全")
    if settings.demo:
        yield notice("配置", "正在以演示模式运行（DEMO=true）", "正式使用时去掉 DEMO")
    for name, url, usual in (
        ("WECHAT_API_URL", settings.wechat_api_url, WECHAT_API_URL),
        ("WECOM_API_URL", settings.wecom_api_url, WECOM_API_URL),
    ):
        if url != usual:
            yield notice("配置", f"{name} 不是微信官方地址（{url}）", f"正式使用时去掉 {name}")
    if not settings.public_url.startswith("https://"):
        yield notice("配置", f"PUBLIC_URL 不是 https（{settings.public_url}）", "微信只回调 https 或 80 端口的公网地址")
    for name, app in (("MINIPROGRAM", settings.miniprogram), ("OFFICIAL", settings.official)):
        if app.appid and not app.aes_key:
            yield notice("配置", f"没有 {name}_AES_KEY", "在公众平台把消息推送设为安全模式，并填 EncodingAESKey")


def look_at_database(patient: Patient) -> Findings:
    """Reachable, of the right character set, up to date."""
    missing = pending()
    if missing:
        yield fault(
            "数据库", f"有 {len(missing)} 个迁移没有应用（{', '.join(missing)}）", "运行 python -m backend migrate"
        )
    else:
        yield well("数据库", "可以连接，结构是最新的")
    if patient.settings.database_url.startswith("mysql"):
        collation = database.execute_sql("SELECT @@collation_database").fetchone()[0]
        if not str(collation).startswith("utf8mb4"):
            yield fault("数据库", f"字符集是 {collation}", "ALTER DATABASE … CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
    elif not patient.settings.demo:
        yield notice("数据库", "用的是内嵌的 SQLite", "多台服务器或上万人使用时改用 MariaDB（DATABASE_URL=mysql://…）")


def look_at_clock(patient: Patient) -> Findings:
    """Our clock against the platform's: what differs by five minutes gets no callback at all."""
    session = session_for(WECHAT_API_URL, patient.settings.wechat_api_url)
    try:
        answer = session.get(f"{WECHAT_API_URL}/cgi-bin/token", timeout=TIMEOUT_S)
        theirs = parsedate_to_datetime(answer.headers["Date"])
    except (requests.RequestException, KeyError, ValueError):
        yield fault(
            "时钟", "连不上微信，无法对时", "检查服务器能否访问外网和域名解析（WECHAT_API_URL），以及防火墙的 443 端口"
        )
        return
    apart = abs(datetime.now(UTC) - theirs)
    told = f"与微信服务器相差 {apart.total_seconds():.0f} 秒"
    if apart >= CLOCK_FAULT:
        yield fault("时钟", told, "开启 NTP 对时（timedatectl set-ntp true）；相差五分钟微信的推送会被拒绝")
    elif apart >= CLOCK_NOTICE:
        yield notice("时钟", told, "开启 NTP 对时（timedatectl set-ntp true）")
    else:
        yield well("时钟", told)


def look_at_miniprogram(patient: Patient) -> Findings:
    """The secret, and whether the platform takes calls from here."""
    program = patient.gateway.miniprogram
    program.client.check_credentials()
    yield well("小程序", f"凭证有效（{program.app.appid}）")


def look_at_official(patient: Patient) -> Findings:
    """The same of the official account."""
    if not patient.settings.official.appid:
        yield notice("公众号", "没有配置", "需要网页登录、菜单与关键词回复时填 OFFICIAL_*")
        return
    patient.gateway.official.client.check_credentials()
    yield well("公众号", f"凭证有效（{patient.settings.official.appid}）")


def look_at_wecom(patient: Patient) -> Findings:
    """The same of the application in WeCom, where there is one."""
    settings = patient.settings
    if not (settings.wecom_corp_id and settings.wecom_secret):
        yield well("企业微信应用", "没有配置（只用群机器人时不需要）")
        return
    patient.gateway.wecom.check_credentials()
    yield well("企业微信应用", f"凭证有效（{settings.wecom_corp_id}）")


def look_at_templates(patient: Patient) -> Findings:
    """The templates that we rely on, as the platform has them."""
    yield from _compare_templates(patient.gateway.miniprogram.templates())


def look_at_menu(patient: Patient) -> Findings:
    """Whether people see a menu below the chat."""
    if patient.settings.official.appid:
        if patient.gateway.official.menu():
            yield well("公众号菜单", "已设置")
        else:
            yield notice("公众号菜单", "没有设置", "运行 python -m backend menu put")


def _compare_templates(listed: Sequence[Template]) -> Findings:
    known = {template.id: template for template in listed}
    rows = {row.purpose: row for row in MessageTemplate.select()}
    for purpose in Purpose:
        subject = f"订阅模板 {purpose}"
        row = rows.get(purpose)
        if row is None:
            yield notice(subject, "没有配置，这类提醒只有站内消息", "在公众平台选用模板后登记其编号和字段")
        elif row.template_id not in known:
            yield fault(subject, f"小程序里没有模板 {row.template_id}", "到公众平台“订阅消息－我的模板”核对编号")
        else:
            yield _compare_fields(subject, set(row.fields), set(known[row.template_id].fields))


def _compare_fields(subject: str, ours: set[str], theirs: set[str]) -> Finding:
    if ours == theirs:
        return well(subject, "编号与字段都对得上")
    missing, unknown = "、".join(sorted(theirs - ours)), "、".join(sorted(ours - theirs))
    parts = [f"少了 {missing}" if missing else "", f"多了 {unknown}" if unknown else ""]
    text = "字段与平台上的模板不符：" + "，".join(part for part in parts if part)
    return fault(subject, text, "按平台上的模板修改登记的字段，否则消息会被拒绝（47003）")


def look_at_robots(patient: Patient) -> Findings:
    """Every robot's key, without posting anything."""
    robots = GroupChat.select().where(GroupChat.channel == Channel.WECOM_ROBOT).order_by(GroupChat.id)
    for chat in robots:
        subject = f"群机器人 {chat.name}"
        key = opened(chat.robot_key)
        if chat.disabled_at is not None or not key:
            reason = f"（{chat.disabled_reason}）" if chat.disabled_reason else ""
            yield fault(subject, f"已停用{reason}", "在群里重新添加机器人，把新密钥登记到系统")
            continue
        try:
            patient.gateway.robots.probe(key)
            yield well(subject, "密钥有效")
        except PlatformFault as trouble:
            yield _platform_fault(subject, trouble)


def _platform_fault(subject: str, trouble: PlatformFault) -> Finding:
    """The platform's refusal, with what the table of rulings advises."""
    what = "没有应答" if trouble.errcode is None else f"错误 {trouble.errcode}"
    detail = f"，平台的说明：{trouble.detail}" if trouble.detail else ""
    return fault(subject, f"{trouble.what} {what}{detail}", trouble.advice)


def look_at_holidays(patient: Patient) -> Findings:
    """Next year's working days, which deadlines are counted by."""
    today = local_day(patient.now, patient.settings.timezone)
    for year in (today.year, today.year + 1):
        if is_known(year):
            yield well("节假日", f"{year} 年的放假调休安排已有")
        elif year == today.year or today.month >= ASKED_FROM_MONTH:
            remedy = "升级 lunar-python，或在系统里逐日登记放假与调休；在此之前只按周一至周五计算"
            yield fault("节假日", f"没有 {year} 年的放假调休安排", remedy)
        else:
            yield notice("节假日", f"还没有 {year} 年的放假调休安排", "国务院通常在十一月公布，公布后升级 lunar-python")


def look_at_fonts(_: Patient) -> Findings:
    """The font that rare characters of names are printed with; the usual ones come with us."""
    if WHOLE_FONT.exists():
        yield well("字体", "打印学习卡的生僻字体已安装")
    else:
        remedy = "安装 fonts-noto-cjk（Debian、Ubuntu），在此之前生僻字印成编号，如 [U+20BB7]"
        yield notice("字体", "没有打印学习卡生僻字的字体", remedy)


Look = Callable[[Patient], Findings]

FROM_OUTSIDE: dict[str, Look] = {
    "配置": look_at_settings,
    "时钟": look_at_clock,
    "小程序": look_at_miniprogram,
    "公众号": look_at_official,
    "企业微信应用": look_at_wecom,
    "字体": look_at_fonts,
}
FROM_THE_DATABASE: dict[str, Look] = {
    "订阅模板": look_at_templates,
    "公众号菜单": look_at_menu,
    "群机器人": look_at_robots,
    "节假日": look_at_holidays,
}
# what cannot be looked at before something else is mended
NEEDS = {"订阅模板": "小程序", "公众号菜单": "公众号"}


def report(settings: Settings, *, now: datetime, say: Callable[[str], None]) -> int:
    """Say every finding; returns how many are faults."""
    levels = []
    for finding in examine(settings, now=now):
        say(finding.line())
        levels.append(finding.level)
    faults, notices = levels.count(Level.FAULT), levels.count(Level.NOTICE)
    say(f"共 {faults} 项故障，{notices} 项注意")
    return faults
