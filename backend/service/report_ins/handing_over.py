"""Report-ins when their community is merged into another."""

from backend.service.report_ins.models import ReportIn


def hand_over_report_ins(source: int, target: int) -> None:
    """Those in force go over with the community, in the caller's unit of work."""
    ReportIn.update(organization=target).where(ReportIn.organization == source, ReportIn.in_force == 1).execute()
