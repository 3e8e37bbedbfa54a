"""Every page that a message, a chat answer or a code leads to is there."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\bpages/[a-z]+(?:-[a-z]+)*/[a-z]+(?:-[a-z]+)*\b")


def pages() -> set[str]:
    """The pages of the client, those of its packages too."""
    parts = described()["subPackages"]
    inside = {f"{part['root']}/{page['path']}" for part in parts for page in part["pages"]}
    return {page["path"] for page in described()["pages"]} | inside


def described() -> dict[str, Any]:
    """What `pages.json` says; comments are cut out of the file, which is otherwise JSON."""
    text = (ROOT / "miniprogram" / "src" / "pages.json").read_text()
    found: dict[str, Any] = json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))
    return found


def links(folder: str) -> set[str]:
    """What the sources of a folder lead to."""
    sources = [*(ROOT / folder).rglob("*.py"), *(ROOT / folder).rglob("*.vue"), *(ROOT / folder).rglob("*.ts")]
    return {link for source in sources for link in LINK.findall(source.read_text())}


@pytest.mark.parametrize("folder", ["backend", "bot", "emulator", "miniprogram/src"])
def test_no_link_leads_nowhere(folder: str) -> None:
    assert links(folder) <= pages()


def test_there_is_something_to_be_found() -> None:
    assert {"pages/order/detail", "pages/activity/detail", "pages/me/report-ins"} <= links("backend")


def test_every_page_is_a_file_of_its_own_and_can_be_reached() -> None:
    reached = links("miniprogram/src") | links("backend")
    for page in pages():
        source = ROOT / "miniprogram" / "src" / f"{page}.vue"
        assert source.is_file(), page
        assert page in reached, f"nothing leads to {page}"


def test_what_has_to_open_without_network_lies_in_the_main_package() -> None:
    """A package that was never fetched cannot be opened: check-in, a new order, the lesson and what waits can."""
    main = {page["path"] for page in described()["pages"]}
    first = {"index/index", "inbox/index", "me/index", "me/outbox", "check-in/index", "order/new", "lesson/detail"}
    assert {f"pages/{one}" for one in first} <= main


def test_a_package_is_a_folder_of_its_own() -> None:
    """WeChat refuses a page of the main package in the folder of another one, and a rule for a package that is none."""
    roots = {part["root"] for part in described()["subPackages"]}
    assert not [page for page in described()["pages"] if page["path"].rpartition("/")[0] in roots]
    rules = described()["preloadRule"]
    assert set(rules) <= pages()
    assert {root for rule in rules.values() for root in rule["packages"]} <= roots
