"""Health, readiness, metrics, the API description and its page."""

from flask import Blueprint, Response, current_app, render_template
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from backend.core.http import endpoint, not_migrated, now, settings
from backend.core.migration import pending
from backend.core.openapi import describe
from backend.messaging import beats
from backend.messaging.schemas import MissedRuns
from backend.operation.gauges import observe_queues
from backend.operation.retention.schemas import RetentionShape
from backend.operation.retention.service import report

bp = Blueprint("operation", __name__, template_folder="templates")

API_TITLE = "Zhibu 支部"
API_VERSION = "1.0.0"


@bp.get("/healthz")
@endpoint(public=True)
def check_alive() -> dict[str, str]:
    """Alive: the process answers."""
    return {"status": "alive"}


@bp.get("/api/v1/retention")
@endpoint(returns=list[RetentionShape])
def read_retention() -> list[RetentionShape]:
    """How long what is kept, why, and what was let go of within a month."""
    return report(now=now())


@bp.get("/api/v1/operation/missed-runs")
@endpoint(returns=MissedRuns)
def read_missed_runs() -> MissedRuns:
    """Whether the bot lives, when in thirty days it did not, and which reminders were not asked meanwhile."""
    return beats.report_missed_runs(timezone=settings().timezone, now=now())


@bp.get("/readyz")
@endpoint(public=True)
def check_ready() -> dict[str, str]:
    """Ready: the database answers and no migration is missing."""
    missing = pending()
    if missing:
        raise not_migrated(missing)
    return {"status": "ready"}


@bp.get("/metrics")
@endpoint(public=True)
def read_metrics() -> Response:
    """Figures for Prometheus; queue depths are read from the database at this moment."""
    observe_queues(now=now())
    return Response(generate_latest(), mimetype=CONTENT_TYPE_LATEST)


@bp.get("/openapi.json")
@endpoint(public=True)
def read_description() -> Response:
    """The machine-readable truth about this API."""
    return Response(current_app.json.dumps(api_description()), mimetype="application/json")


@bp.get("/docs")
@endpoint(public=True)
def show_description() -> Response:
    """The description as a page, with assets from this server."""
    return Response(render_template("docs.html"), mimetype="text/html")


def api_description() -> dict[str, object]:
    """The description of every route of the running application."""
    rules = [
        (rule.rule, rule.methods or set(), current_app.view_functions[rule.endpoint])
        for rule in current_app.url_map.iter_rules()
    ]
    return describe(rules, title=API_TITLE, version=API_VERSION)
