"""The built H5 client as it is committed: made of these sources, small, and calling nobody but us."""

import gzip
import re

import pytest
from flask import Flask

from tools.client import BUILT, STAMP, stamp_of_sources

KILOBYTE = 1024
FIRST_SCREEN_KB = 150  # compressed
POLICY_WORDS = ("default-src 'self'", "object-src 'none'", "frame-ancestors 'none'")


def test_it_was_built_from_the_sources_as_they_are() -> None:
    built_from = (BUILT / STAMP).read_text().strip()
    assert built_from == stamp_of_sources(), "miniprogram/ has changed: run `make client` and commit backend/static/m"


def test_the_first_screen_is_small() -> None:
    """Everything that the page itself asks for, and the chunks of the first page with all that they share."""
    page = (BUILT / "index.html").read_text()
    first = set(re.findall(r"/m/(assets/[^\"]+)", page))
    chunks = {f"assets/{file.name}" for file in (BUILT / "assets").iterdir()}
    first |= {one for one in chunks if not one.startswith("assets/pages-")}
    first |= {one for one in chunks if one.startswith("assets/pages-index-index")}
    assert len(first) > 10
    size = sum(len(gzip.compress((BUILT / file).read_bytes())) for file in first)
    assert size < FIRST_SCREEN_KB * KILOBYTE, f"{size / KILOBYTE:.0f} KB"


def test_the_address_is_open_to_all_under_a_strict_policy(app: Flask) -> None:
    client = app.test_client()
    page = client.get("/m/")
    assert page.status_code == 200
    assert page.mimetype == "text/html"
    policy = page.headers["Content-Security-Policy"]
    assert all(word in policy for word in POLICY_WORDS)
    assert "http" not in policy
    assert "unsafe-inline" not in policy.replace("style-src 'self' 'unsafe-inline'", "")
    script = client.get(re.search(r'src="(/m/assets/[^"]+)"', page.text).group(1))  # type: ignore[union-attr]
    assert script.mimetype in {"text/javascript", "application/javascript"}
    assert "immutable" in script.headers["Cache-Control"]
    assert page.headers["Cache-Control"] == "no-cache"
    for answer in (page, script):
        answer.close()


def test_the_address_without_its_slash_leads_there(app: Flask) -> None:
    answer = app.test_client().get("/m")
    assert (answer.status_code, answer.headers["Location"]) == (308, "/m/")


@pytest.mark.parametrize("path", ["/m/no-such-file", "/m/../settings.py", "/m/%2e%2e/%2e%2e/app.py", "/m/assets/"])
def test_nothing_but_the_client_lies_there(app: Flask, path: str) -> None:
    assert app.test_client().get(path).status_code == 404


def test_the_page_holds_no_script_of_its_own() -> None:
    page = (BUILT / "index.html").read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", page)


def test_no_stylesheet_names_a_foreign_server() -> None:
    styles = "".join(file.read_text() for file in BUILT.rglob("*.css"))
    assert styles
    assert not re.search(r"url\([\"']?(?:https?:)?//", styles)
