"""Import and export of rosters over HTTP."""

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from flask import Blueprint, Response, request

from backend.core.clock import local_day
from backend.core.errors import invalid_field
from backend.core.http import FileBytes, endpoint, now, settings
from backend.core.sheets import XLSX
from backend.people.caller import current_caller
from backend.people.roster import service
from backend.people.roster.exporting import template_workbook
from backend.people.roster.importing import Import
from backend.people.roster.reading import MAX_FILE_BYTES, MEGABYTE
from backend.people.roster.schemas import ExportQuery, ImportQuery, RosterReport

bp = Blueprint("roster", __name__, url_prefix="/api/v1")
FORM_ROOM = MEGABYTE  # what a form says around its file


@bp.post("/organizations/<code>/imports")
@endpoint(body=FileBytes, query=ImportQuery, returns=RosterReport, replayable=False)
def import_roster(code: str, query: ImportQuery) -> RosterReport:
    """Take in a roster file, whole or not at all; the same file again changes nothing."""
    caller = current_caller()
    organization = service.roster_to_keep(caller, code)
    order = Import(organization, caller.account_id, local_day(now(), settings().timezone), now())
    with _sent_file() as path:
        return service.take_in(path, order, dry_run=query.dry_run)


@bp.get("/organizations/<code>/members.xlsx")
@endpoint(query=ExportQuery, returns=FileBytes)
def export_roster(code: str, query: ExportQuery) -> Response:
    """The roster as a workbook, numbers in full; each export is logged with its purpose."""
    today = local_day(now(), settings().timezone)
    return _workbook(
        service.export_roster(current_caller(), code, query.purpose, today=today, now=now()), f"党员名册-{code}.xlsx"
    )


@bp.get("/organizations/<code>/imports/template.xlsx")
@endpoint(returns=FileBytes)
def read_template(code: str) -> Response:
    """An empty roster to fill in."""
    service.roster_to_keep(current_caller(), code)
    return _workbook(template_workbook(), "党员名册模板.xlsx")


@contextmanager
def _sent_file() -> Iterator[Path]:
    request.max_content_length = MAX_FILE_BYTES + FORM_ROOM
    file = request.files.get("file")
    if file is None:
        raise invalid_field("file", "missing", "请选择名册文件")
    with closing(file), tempfile.TemporaryDirectory(prefix="roster-") as folder:
        path = Path(folder) / "roster"
        file.save(path)
        yield path


def _workbook(content: bytes, name: str) -> Response:
    answer = Response(content, mimetype=XLSX)
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    answer.headers["Cache-Control"] = "no-store"
    return answer
