"""Every page that a message, a chat answer or a code leads to is there."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\bpages/[a-z]+(?:-[a-z]+)*/[a-z]+(?:-[a-z]+)*\b")


def pages() -> set[str]:
    """The pages of the client; platform comments are cut out of the file, which is otherwise JSON."""
    text = (ROOT / "miniprogram" / "src" / "pages.json").read_text()
    described = json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))
    return {page["path"] for page in described["pages"]}


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
