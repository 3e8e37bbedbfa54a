"""Import, export and template for those who keep the roster."""

from datetime import date, datetime
from pathlib import Path

from backend.core import audit
from backend.core.database import in_unit_of_work
from backend.core.errors import Invalid
from backend.people.access import find_organization, require
from backend.people.models import Organization
from backend.people.permissions import Caller, Right
from backend.people.roster.exporting import roster_workbook
from backend.people.roster.importing import Import, Outcome, import_roster
from backend.people.roster.schemas import RosterFault, RosterReport

MAX_FAULTS_SHOWN = 500


def roster_to_keep(caller: Caller, code: str) -> Organization:
    """The organisation whose roster the caller keeps; 403 or 404 otherwise."""
    organization = find_organization(code)
    require(caller, Right.KEEP_ROSTER, organization)
    return organization


def take_in(path: Path, order: Import, *, dry_run: bool) -> RosterReport:
    """Import a file and report; with faulty rows 422 `roster_faulty`, or their list in a dry run."""
    report = report_of(import_roster(path, order, dry_run=dry_run))
    if report.faults and not dry_run:
        errors = [
            {"field": f"第 {fault.row} 行 {fault.column}", "code": "bad_cell", "message": fault.message}
            for fault in report.faults
        ]
        message = f"名册有 {report.faults_total} 处问题，没有导入任何一行"
        raise Invalid("roster_faulty", message, errors=errors, faults=[fault.model_dump() for fault in report.faults])
    return report


def report_of(outcome: Outcome) -> RosterReport:
    """An outcome as it is shown."""
    return RosterReport(
        rows=outcome.rows,
        created=outcome.created,
        updated=outcome.updated,
        unchanged=outcome.unchanged,
        applied=outcome.applied,
        faults_total=len(outcome.faults),
        faults=[
            RosterFault(row=fault.row, column=fault.column, value=fault.value, message=fault.message)
            for fault in outcome.faults[:MAX_FAULTS_SHOWN]
        ],
    )


def export_roster(caller: Caller, code: str, purpose: str, *, today: date, now: datetime) -> bytes:
    """The roster in full; who took it out and why is logged first."""
    organization = roster_to_keep(caller, code)
    subject = audit.Subject(f"organization:{organization.code}", organization.id)
    in_unit_of_work(
        lambda: audit.record("roster.export", subject, actor_id=caller.account_id, purpose=purpose, now=now)
    )
    return roster_workbook(organization, today)
