"""What an export of orders takes."""

from enum import StrEnum

from backend.service.rates.schemas import SpanQuery


class ExportFormat(StrEnum):
    """How the orders are written."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"
    GEOJSON = "geojson"


class OrderExportQuery(SpanQuery):
    """Which orders, by the local day on which they were submitted, and how they are written."""

    format: ExportFormat = ExportFormat.CSV
