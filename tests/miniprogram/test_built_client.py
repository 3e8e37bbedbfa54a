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
    """The page with what it asks for, the first page's chunks and all that these import; what is fetched on a tap
    (WeChat's SDK, other pages) is none of it."""
    page = (BUILT / "index.html").read_text()
    first = imported({*re.findall(r"/m/assets/([^\"]+)", page), *names("pages-index-index")})
    styles = [
        name for name in names("") if name.endswith(".css") and name.partition("-")[0] in {"index", "ways", "UiPage"}
    ]
    assert len(first) > 5
    assert not [name for name in first if "Recorder" in name or name.startswith("pages-order")]
    size = sum(len(gzip.compress((BUILT / "assets" / file).read_bytes())) for file in {*first, *styles})
    size += len(gzip.compress(page.encode()))
    print(f"first screen: {size / KILOBYTE:.1f} KB compressed, of {FIRST_SCREEN_KB}")
    assert size < FIRST_SCREEN_KB * KILOBYTE, f"{size / KILOBYTE:.0f} KB"


def names(beginning: str) -> set[str]:
    """Files of the build whose name begins so."""
    return {file.name for file in (BUILT / "assets").iterdir() if file.name.startswith(beginning)}


def imported(files: set[str]) -> set[str]:
    """These and all that they import before they can run."""
    found: set[str] = set()
    while files:
        name = files.pop()
        found.add(name)
        if name.endswith(".js"):
            text = (BUILT / "assets" / name).read_text()
            files |= set(re.findall(r"""(?:from|import)\s*["']\./([^"']+\.js)["']""", text)) - found
    return found


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
