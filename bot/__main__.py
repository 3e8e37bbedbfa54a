"""`python -m bot` runs the bot; `python -m bot simulate --at …` shows what it would send, sending nothing."""

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import click
import peewee as pw

from backend.core.settings import SettingsError, load_settings
from backend.demo import place
from bot import metrics, process, simulation


@click.group(invoke_without_command=True)
@click.pass_context
def main(context: click.Context) -> None:
    """支部机器人：按时提醒，不漏不烦。"""
    if context.invoked_subcommand is None:
        _guarded(lambda: process.start(load_settings()))


@main.command()
@click.option("--at", "at", required=True, help="本地时间，如 2026-11-29T08:00")
def simulate(at: str) -> None:
    """列出到某一时刻会发出的全部消息，不发送。没有配置时用正在演示的那一套。"""
    _guarded(lambda: _simulate(at))


def _simulate(at: str) -> None:
    settings = load_settings(_own_or_demo_environment())
    simulation.show(settings, _instant(at, settings.timezone))


def _own_or_demo_environment() -> Mapping[str, str]:
    """The environment as it is; on a machine that has only a demo, what the demo runs with."""
    if "SECRET_KEY" in os.environ or "SECRET_KEY_FILE" in os.environ:
        return os.environ
    here = place.read_place(os.environ)
    return place.demo_environment(here, os.environ) if here.has_secrets() else os.environ


def _instant(text: str, timezone: ZoneInfo) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter("时间格式应为 2026-11-29T08:00", param_hint="--at") from None
    return at if at.tzinfo else at.replace(tzinfo=timezone)


def _guarded(run: Callable[[], None]) -> None:
    try:
        run()
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    except pw.OperationalError as error:
        raise click.ClickException(f"连不上数据库，请检查 DATABASE_URL（{type(error).__name__}）") from None
    except metrics.PortBusy as error:
        raise click.ClickException(f"METRICS_PORT：端口 {error} 已被占用，请换一个") from None
    except process.NotMigrated as error:
        raise click.ClickException(f"数据库未升级（{error}），请先运行 python -m backend migrate") from None


if __name__ == "__main__":
    main()
