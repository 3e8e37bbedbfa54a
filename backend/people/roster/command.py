"""`python -m backend roster import` and `organizations import`: the same imports at a terminal, with a progress bar."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from backend.core.clock import clock_for, local_day
from backend.core.errors import AppError
from backend.core.settings import Settings
from backend.people.access import find_organization
from backend.people.roster.importing import Import, Outcome, Progress, import_roster

SHOWN = 50


def run(files: Sequence[Path], code: str, *, dry_run: bool, settings: Settings) -> int:
    """Import files one after the other and say what became of each; 1 when a fault kept one out, and those after it."""
    now = clock_for(settings)()

    def take_in(file: Path, progress: Progress) -> Outcome:
        order = Import(find_organization(code), None, local_day(now, settings.timezone), now)
        return import_roster(file, order, dry_run=dry_run, progress=progress)

    return import_files(files, take_in)


def import_files(files: Sequence[Path], take_in: Callable[[Path, Progress], Outcome]) -> int:
    """Each file with a progress bar of its own; stops at the first that is not taken in."""
    for file in files:
        if len(files) > 1:
            click.echo(f"{file.name}：")
        try:
            outcome = _with_bar(file, take_in)
        except AppError as error:
            raise click.ClickException(error.message) from None
        if _say(outcome):
            return 1
    return 0


def _with_bar(file: Path, take_in: Callable[[Path, Progress], Outcome]) -> Outcome:
    with click.progressbar(length=1, label="导入", show_pos=True, file=sys.stderr) as bar:

        def progress(step: int, total: int) -> None:
            bar.length = total
            bar.update(step)

        return take_in(file, progress)


def _say(outcome: Outcome) -> int:
    for fault in outcome.faults[:SHOWN]:
        click.echo(f"第 {fault.row} 行 {fault.column}“{fault.value}”：{fault.message}")
    counts = f"新增 {outcome.created}，更新 {outcome.updated}，不变 {outcome.unchanged}"
    if outcome.faults:
        click.echo(f"共 {len(outcome.faults)} 处问题，没有导入任何一行")
        return 1
    click.echo(f"{'已导入' if outcome.applied else '检查通过，未写入'}：{counts}")
    return 0
