"""What operators ask: alive, ready, figures, the description and its page."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backend.app import create_app
from backend.core import migration
from backend.core.database import connected, database, in_unit_of_work
from backend.messaging.models import Channel, Delivery, DeliveryState, OutboxEvent
from backend.messaging.outbox import enqueue
from tests.cast import World
from tests.conftest import FakeClock, make_settings

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def bare(tmp_path: Path, clock: FakeClock) -> Iterator[Flask]:
    """The application on a database that nobody has migrated."""
    yield create_app(make_settings(f"sqlite:///{tmp_path / 'bare.db'}", tmp_path), clock)
    database.obj.close_all()


def gauge(client: FlaskClient, name: str) -> float:
    """One figure of /metrics."""
    text = client.get("/metrics").get_data(as_text=True)
    database.connect(reuse_if_open=True)
    (found,) = re.findall(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found)


def test_alive_means_that_the_process_answers(bare: Flask) -> None:
    answer = bare.test_client().get("/healthz")
    assert (answer.status_code, answer.get_json()["data"]) == (200, {"status": "alive"})


def test_a_request_before_the_migration_says_what_to_do(bare: Flask) -> None:
    answer = bare.test_client().get("/api/v1/me", headers={"Authorization": "Bearer whatever"})
    assert (answer.status_code, answer.get_json()["code"]) == (503, "not_migrated")
    assert "migrate" in answer.get_json()["message"]


def test_not_ready_before_the_migration_and_says_what_is_missing(bare: Flask) -> None:
    answer = bare.test_client().get("/readyz")
    body = answer.get_json()
    assert (answer.status_code, body["code"]) == (503, "not_migrated")
    assert "python -m backend migrate" in body["message"]
    with connected():
        assert body["pending"] == migration.migrate()
    answer = bare.test_client().get("/readyz")
    assert (answer.status_code, answer.get_json()["data"]) == (200, {"status": "ready"})


def test_figures_tell_the_queues(app: Flask, world: World, clock: FakeClock) -> None:
    client = app.test_client()
    assert gauge(client, "zhibu_outbox_events_waiting") == 0
    assert gauge(client, "zhibu_delivery_oldest_due_seconds") == 0
    in_unit_of_work(lambda: enqueue("order.submitted", {}, key="k", organization_id=None, now=clock()))
    event = OutboxEvent.get()
    for number, (state, due_in) in enumerate(
        [(DeliveryState.PENDING, -90), (DeliveryState.PENDING, 90), (DeliveryState.DEAD, -900)]
    ):
        Delivery.create(
            event=event,
            rule="order.submitted/dispatchers",
            channel=Channel.WECOM_ROBOT,
            target=str(number),
            state=state,
            available_at=clock() + timedelta(seconds=due_in),
        )
    assert gauge(client, "zhibu_outbox_events_waiting") == 1
    assert gauge(client, 'zhibu_deliveries{state="pending"}') == 2
    assert gauge(client, 'zhibu_deliveries{state="dead"}') == 1
    assert gauge(client, "zhibu_delivery_oldest_due_seconds") == 90


def test_figures_name_nobody(app: Flask, world: World) -> None:
    text = app.test_client().get("/metrics").get_data(as_text=True)
    database.connect(reuse_if_open=True)
    people = [person.name for person in world.people.values()]
    assert not [name for name in people if name in text]


def test_the_page_of_the_description_needs_no_other_host(app: Flask) -> None:
    client = app.test_client()
    page = client.get("/docs")
    assert page.content_type.startswith("text/html")
    html = page.get_data(as_text=True)
    assert re.findall(r"(?:https?:)?//[a-z]", html) == []
    assets = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert len([asset for asset in assets if asset.startswith("/static/")]) == 3
    for asset in assets:
        if asset.startswith("/"):
            answer = client.get(asset)
            assert answer.status_code == 200, asset
            answer.close()


def test_the_page_asks_for_the_description_of_this_server(app: Flask) -> None:
    answer = app.test_client().get("/static/docs.js")
    assert "/openapi.json" in answer.get_data(as_text=True)
    assert "http" not in answer.get_data(as_text=True)
    answer.close()


def test_the_description_does_not_depend_on_the_machine(app: Flask) -> None:
    from backend.description import current_description

    served: dict[str, Any] = app.test_client().get("/openapi.json").get_json()
    assert current_description() == served
    assert "127.0.0.1" not in str(served)


def test_every_answer_of_operation_is_small_and_quick_to_ask(
    app: Flask, world: World, statements: Callable[[], Any]
) -> None:
    with statements() as asked:
        app.test_client().get("/healthz")
    database.connect(reuse_if_open=True)
    assert asked == []
    with statements() as asked:
        app.test_client().get("/metrics")
    database.connect(reuse_if_open=True)
    assert len(asked) <= 6
