"""`python -m bot` runs the bot; `python -m bot simulate --at …` shows what it would send, sending nothing."""

from collections.abc import Callable
from datetime import datetime

import click
import peewee as pw

from backend.core.settings import SettingsError, load_settings
from bot import process, simulation


@click.group(invoke_without_command=True)
@click.pass_context
def main(context: click.Context) -> None:
    """支部机器人：按时提醒，不漏不烦。"""
    if context.invoked_subcommand is None:
        _guarded(lambda: process.start(load_settings()))


@main.command()
@click.option("--at", "at", required=True, help="本地时间，如 2026-11-29T08:00")
def simulate(at: str) -> None:
    """列出到某一时刻会发出的全部消息，不发送。"""
    _guarded(lambda: simulation.show(load_settings(), _instant(at)))


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter("时间格式应为 2026-11-29T08:00", param_hint="--at") from None
    return at if at.tzinfo else at.replace(tzinfo=load_settings().timezone)


def _guarded(run: Callable[[], None]) -> None:
    try:
        run()
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    except pw.OperationalError as error:
        raise click.ClickException(f"连不上数据库，请检查 DATABASE_URL（{type(error).__name__}）") from None
    except process.NotMigrated as error:
        raise click.ClickException(f"数据库未升级（{error}），请先运行 python -m backend migrate") from None


if __name__ == "__main__":
    main()
