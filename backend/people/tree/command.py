"""`python -m backend organizations import`: the tree from a file."""

from pathlib import Path

from backend.core.clock import clock_for, local_day
from backend.core.settings import Settings
from backend.people.roster.command import import_files
from backend.people.roster.importing import Outcome, Progress
from backend.people.tree.history import Deed
from backend.people.tree.importing import REASON, import_organizations


def run(file: Path, *, dry_run: bool, settings: Settings) -> int:
    """Import a file and say what became of it; 1 when a fault kept it out."""
    now = clock_for(settings)()
    deed = Deed(None, REASON, local_day(now, settings.timezone), now)

    def take_in(path: Path, progress: Progress) -> Outcome:
        return import_organizations(path, deed, dry_run=dry_run, progress=progress)

    return import_files([file], take_in)
