"""A browser without a screen: cookies, forms with their proof, and pages read as text."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from backend.core.database import database
from backend.desk.frame import CSRF, SESSION, form_proof
from backend.people.access import issue_token
from tests.cast import Person
from tests.conftest import FakeClock
from tests.service.conftest import catalogue, desk

__all__ = ["catalogue", "desk"]


@dataclass
class Seat:
    """Somebody at the desk."""

    client: FlaskClient

    def get(self, path: str, *, part: bool = False, **more: Any) -> TestResponse:
        """A page, or a part of one as htmx asks for it."""
        return self._open("GET", path, part, **more)

    def post(
        self, path: str, form: dict[str, Any] | None = None, *, prompt: str | None = None, **more: Any
    ) -> TestResponse:
        """A form, sent as htmx sends it, with what was written into a prompt."""
        cookie = self.client.get_cookie(CSRF, path="/desk")
        headers = {"X-CSRF-Token": cookie.value} if cookie else {}
        headers |= {"HX-Prompt": quote(prompt)} if prompt else {}
        return self._open("POST", path, True, headers=headers, data=form or {}, **more)

    def _open(
        self, method: str, path: str, part: bool, headers: dict[str, str] | None = None, **more: Any
    ) -> TestResponse:
        in_use = not database.is_closed()
        asked = {**({"HX-Request": "true"} if part else {}), **(headers or {})}
        answer = self.client.open("/desk" + path, method=method, headers=asked, **more)
        answer.request.environ["wsgi.input"].close()  # a large upload lies in a temporary file of the client
        if in_use:
            database.connect(reuse_if_open=True)
        return answer


@pytest.fixture
def sit(app: Flask, clock: FakeClock) -> Callable[[Person | None], Seat]:
    """A seat for a person of the cast; None is somebody who is not logged in."""

    def seated(person: Person | None) -> Seat:
        client = app.test_client()
        if person is not None:
            token, _ = issue_token(person.account, "desk", device="Windows · Chrome", now=clock())
            client.set_cookie(SESSION, token, path="/desk", secure=True)
            client.set_cookie(CSRF, form_proof(token), path="/desk", secure=True)
        return Seat(client)

    return seated


def text_of(answer: TestResponse) -> str:
    """What a reader sees of a page, in one line."""
    shown = re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", " ", answer.get_data(as_text=True), flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(shown))
