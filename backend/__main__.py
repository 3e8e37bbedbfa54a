"""Administration: `python -m backend …`. Each command imports what it needs, so that all start fast."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from backend.core.settings import Settings, SettingsError, load_settings

if TYPE_CHECKING:
    from backend.core.audit_chain import Verdict

OPENAPI_FILE = Path(__file__).resolve().parents[1] / "openapi.json"


@click.group()
def main() -> None:
    """支部：管理命令。"""


@contextmanager
def _database() -> Iterator[Settings]:
    """The database of the settings, open for the length of a command."""
    from backend.core.crypto import keyring
    from backend.core.database import bind_database, connected

    settings = _settings()
    bind_database(settings.database_url)
    keyring.initialize(settings)
    with connected():
        yield settings


def _settings() -> Settings:
    try:
        return load_settings()
    except SettingsError as error:
        raise click.ClickException(str(error)) from None


@main.command()
@click.option("--check", is_flag=True, help="只检查迁移文件与模型是否一致，不改动数据库")
def migrate(check: bool) -> None:
    """升级数据库结构。"""
    from backend.installation import install

    if check:
        _report_drift()
        return
    with _database():
        applied = install()
    click.echo("\n".join(f"已应用 {name}" for name in applied) or "数据库已是最新")


def _report_drift() -> None:
    from backend.schema_drift import drift

    found = drift()
    if found:
        raise click.ClickException("迁移与模型不一致：\n" + "\n".join(found))
    click.echo("迁移与模型一致")


@main.command()
@click.option("--check", is_flag=True, help="只检查文件是否最新")
@click.option("--file", default=OPENAPI_FILE, type=click.Path(path_type=Path), help="默认为仓库里的 openapi.json")
def openapi(check: bool, file: Path) -> None:
    """写出接口说明。"""
    from backend.description import current_description

    text = json.dumps(current_description(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    if not check:
        file.write_text(text, encoding="utf-8")
    elif not file.exists() or file.read_text(encoding="utf-8") != text:
        raise click.ClickException("openapi.json 已过时，请运行 python -m backend openapi")
    click.echo("openapi.json 已是最新")


@main.command()
def doctor() -> None:
    """检查配置、数据库、时钟、微信、模板、群机器人和节假日；有故障时退出码为 1。"""
    from backend.core.clock import clock_for
    from backend.core.crypto import keyring
    from backend.core.database import bind_database
    from backend.operation.doctor import report

    settings = _settings()
    bind_database(settings.database_url)
    keyring.initialize(settings)
    sys.exit(report(settings, now=clock_for(settings)(), say=click.echo) > 0)


@main.group()
def menu() -> None:
    """公众号菜单。"""


@menu.command("put")
def put_menu() -> None:
    """把菜单设到公众号上，五分钟内生效。"""
    from backend.chat.links import Links
    from backend.chat.menu import buttons
    from backend.core.clock import clock_for
    from backend.wechat.faults import PlatformFault
    from backend.wechat.gateway import Gateway

    with _database() as settings:
        shown = buttons(Links(settings.miniprogram.appid, settings.public_url))
        try:
            Gateway(settings, clock_for(settings)).official.put_menu(shown)
        except PlatformFault as fault:
            raise click.ClickException(f"{fault}（{fault.detail}）\n{fault.advice}") from None
    click.echo("菜单已设置：" + "、".join(button["name"] for button in shown))


@main.group()
def numbers() -> None:
    """统计数字。"""


@numbers.command("recount")
def recount_numbers() -> None:
    """按原始记录重新清点，与统计数逐项核对；有出入时退出码为 1。"""
    from backend.rooms import RECOUNTS
    from backend.tally.recounting import differences

    with _database():
        found = differences(RECOUNTS)
    for one in found:
        click.echo(f"{one.measure} 组织 {one.organization_id} {one.day}：统计 {one.counted}，记录 {one.recorded}")
    if found:
        raise click.ClickException(f"有 {len(found)} 项与记录不符")
    click.echo("统计数与记录逐项相符")


@main.group()
def organizations() -> None:
    """党组织。"""


@organizations.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="只检查，不写入")
def import_organizations(file: Path, dry_run: bool) -> None:
    """导入组织（xlsx、xls、ods、csv）：全部无误才写入，上级可排在下级之后，重复导入不会重复。"""
    from backend.people.tree.command import run

    with _database() as settings:
        sys.exit(run(file, dry_run=dry_run, settings=settings))


@main.group()
def roster() -> None:
    """党员名册。"""


@roster.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--organization", required=True, help="党组织代码；名册里没有写代码的行归它")
@click.option("--dry-run", is_flag=True, help="只检查，不写入")
def import_roster(files: tuple[Path, ...], organization: str, dry_run: bool) -> None:
    """导入名册（xlsx、xls、ods、csv，可一次给多个文件）：每个文件全部无误才写入，重复导入不会重复。"""
    from backend.people.roster.command import run

    with _database() as settings:
        sys.exit(run(files, organization, dry_run=dry_run, settings=settings))


@main.group()
def audit() -> None:
    """审计记录。"""


@audit.command("verify")
def verify_audit() -> None:
    """从头核对审计链，指出第一处被改动、删除或插入的记录；有问题时退出码为 1。"""
    from backend.core.audit_chain import verify

    with _database():
        _tell_verdict(verify())


@audit.command("sign")
def sign_audit() -> None:
    """更换 SECRET_KEY 之后：核对审计链，用新密钥重新签名。"""
    from backend.core.audit_chain import sign_anew

    with _database():
        _tell_verdict(sign_anew())


def _tell_verdict(verdict: "Verdict") -> None:
    if verdict.broken is not None:
        raise click.ClickException(f"审计链已断：{verdict.broken.sentence}")
    click.echo(f"审计链完整：已核对 {verdict.checked} 条，{verdict.waiting} 条等待入链")
    click.echo(f"链头 {verdict.head}（请抄存在系统之外，日后可与它对照）")


@main.group()
def retention() -> None:
    """个人信息的保存期限。"""


@retention.command("report")
def report_retention() -> None:
    """各类信息保存多久、依据什么，近三十天清理了多少、最近一次在何时。"""
    from backend.core.clock import clock_for
    from backend.operation.retention.service import report

    with _database() as settings:
        for one in report(now=clock_for(settings)()):
            last = f"{one.ran_at.astimezone(settings.timezone):%Y-%m-%d %H:%M}" if one.ran_at else "还没有"
            click.echo(f"{one.label}：保存 {one.kept_days} 天（{one.source}）")
            click.echo(f"    近三十天清理 {one.removed_within_month}，最近一次 {last}")


@main.group()
def keys() -> None:
    """个人信息字段的密钥。"""


@keys.command("rotate")
def rotate_keys() -> None:
    """用 FIELD_KEY 的第一把密钥重新加密全部个人信息，并重算索引；不停机，中断后再运行即可继续。"""
    from backend.core.rotation import rotate
    from backend.rooms import TABLES

    with _database() as settings:
        if not settings.index_keys:
            raise click.ClickException(
                "请先设置 INDEX_KEY（openssl rand -base64 32）：否则去掉旧的 FIELD_KEY 后就查不到人了"
            )
        outcomes = rotate(TABLES, click.echo)
    for one in outcomes:
        click.echo(f"{one.table}：重新加密 {one.changed} 行" + (f"，还剩 {one.left} 处旧密钥" if one.left else ""))
    if any(one.left for one in outcomes):
        raise click.ClickException("有进程还在用旧密钥写入：请重启网站和机器人后再运行一次")
    click.echo("全部完成，可以去掉旧密钥")


@main.group()
def user() -> None:
    """工作台用户。"""


@user.command("create")
@click.argument("username")
@click.option("--name", help="姓名；新建一个账号")
@click.option("--account", help="已有账号的编号（GET /me 里的 id）；不新建")
@click.option("--role", help="同时任职：职务代码，如 county_officer")
@click.option("--organization", help="任职的党组织代码")
def create_user(
    username: str, name: str | None, account: str | None, role: str | None, organization: str | None
) -> None:
    """新建用户，显示初始密码（只显示一次，首次登录须修改）。"""
    from backend.people.desk_logins.administration import NewUser, create_user

    wanted = NewUser(username, name, account, role, organization)
    _administer(lambda now, today: f"初始密码：{create_user(wanted, today=today, now=now)}")


@user.command("reset-password")
@click.argument("username")
@click.option("--one-time", is_flag=True, help="动态口令也重置（手机丢失时）")
def reset_password(username: str, one_time: bool) -> None:
    """重置密码，显示新的初始密码；此人已登录的工作台全部退出。"""
    from backend.people.desk_logins.administration import reset_password

    _administer(lambda now, _: f"初始密码：{reset_password(username, one_time=one_time, now=now)}")


@user.command("lock")
@click.argument("username")
def lock_user(username: str) -> None:
    """停用用户，已登录的工作台立即退出。"""
    from backend.people.desk_logins.administration import set_locked

    _administer(lambda now, _: set_locked(username, locked=True, now=now))


@user.command("unlock")
@click.argument("username")
def unlock_user(username: str) -> None:
    """恢复用户，登录失败次数清零。"""
    from backend.people.desk_logins.administration import set_locked

    _administer(lambda now, _: set_locked(username, locked=False, now=now))


@user.command("list")
def list_users() -> None:
    """列出用户。"""
    from backend.people.desk_logins.administration import list_users

    _administer(lambda _, today: "\n".join(list_users(today=today)) or "还没有用户")


def _administer(act: Callable[[datetime, date], str]) -> None:
    """Do one thing on the database at the time of now, and say what came of it or why nothing did."""
    from backend.core.clock import clock_for, local_day
    from backend.core.errors import AppError

    with _database() as settings:
        now = clock_for(settings)()
        try:
            click.echo(act(now, local_day(now, settings.timezone)))
        except AppError as error:
            raise click.ClickException(error.message) from None


@main.group()
def demo() -> None:
    """演示支部。"""


@demo.command("load")
def load_demo() -> None:
    """载入演示数据（已有则不动）。"""
    from backend.demo.prepare import prepare_demo

    prepare_demo(_settings())
    click.echo("演示支部已就绪")


@demo.command("run")
def run_demo() -> None:
    """启动演示：网站、机器人与微信模拟器。"""
    from backend.demo.launch import run

    sys.exit(run())


if __name__ == "__main__":
    main()
