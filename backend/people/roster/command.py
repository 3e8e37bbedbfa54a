"""`python -m backend roster import`: the same import at a terminal, with a progress bar."""

import sys
from pathlib import Path

import click

from backend.core.clock import clock_for, local_day
from backend.core.errors import AppError
from backend.core.settings import Settings
from backend.people.access import find_organization
from backend.people.roster.importing import Import, Outcome, import_roster

SHOWN = 50


def run(file: Path, code: str, *, dry_run: bool, settings: Settings) -> int:
    """Import a file and say what became of it; 1 when a fault kept it out."""
    now = clock_for(settings)()
    try:
        order = Import(find_organization(code), None, local_day(now, settings.timezone), now)
        with click.progressbar(length=1, label="导入", show_pos=True, file=sys.stderr) as bar:

            def progress(step: int, total: int) -> None:
                bar.length = total
                bar.update(step)

            outcome = import_roster(file, order, dry_run=dry_run, progress=progress)
    except AppError as error:
        raise click.ClickException(error.message) from None
    return _say(outcome)


def _say(outcome: Outcome) -> int:
    for fault in outcome.faults[:SHOWN]:
        click.echo(f"第 {fault.row} 行 {fault.column}“{fault.value}”：{fault.message}")
    counts = f"新增 {outcome.created}，更新 {outcome.updated}，不变 {outcome.unchanged}"
    if outcome.faults:
        click.echo(f"共 {len(outcome.faults)} 处问题，没有导入任何一行")
        return 1
    click.echo(f"{'已导入' if outcome.applied else '检查通过，未写入'}：{counts}")
    return 0
