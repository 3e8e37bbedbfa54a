"""What the roster takes and gives over HTTP."""

from pydantic import BaseModel, ConfigDict, Field

from backend.core.http import Shape
from backend.core.wording import Line


class ImportQuery(BaseModel):
    """Whether to try it out only."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dry_run: bool = False


class ExportQuery(BaseModel):
    """Why the roster is taken out; it is logged."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    purpose: Line = Field("导出党员名册", min_length=2, max_length=100)


class RosterFault(Shape):
    """One cell that cannot be taken; `value` is masked where it is personal."""

    row: int
    column: str
    value: str
    message: str


class RosterReport(Shape):
    """What an import did, or would do (`applied` is false); at most 500 faults are listed."""

    rows: int
    created: int
    updated: int
    unchanged: int
    applied: bool
    faults_total: int
    faults: list[RosterFault]
