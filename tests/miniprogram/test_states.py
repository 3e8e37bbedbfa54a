"""Every screen while it is being read, when there is nothing, when it failed and without network: none is blank."""

import re

import pytest
from playwright.sync_api import Route, expect

from tests.miniprogram.conftest import PAGE, Phones
from tests.miniprogram.screens import PEOPLE, SCREENS
from tools.client import SOURCES

PAGES = SOURCES / "src" / "pages"
API = re.compile(r"/api/v1/")

# screens that ask the server nothing before they are shown: what they show stands in the client itself
NOTHING_TO_READ = {
    "activity/code": "reads by itself every few seconds, and says when it is stuck",
    "check-in/index": "has to open without network: the check-in waits in the outbox",
    "dues/calculator": "a form; the answer comes when it is asked for",
    "floating/new": "a form",
    "me/data": "two buttons; what they bring is loaded on the tap",
    "me/help": "sentences",
    "me/index": "shows the account that is kept on the phone",
    "me/outbox": "shows what is kept on the phone",
}
# screens that read one thing, which is there or is refused: nothing in them can be empty
ONE_THING = {
    "activity/detail", "activity/minutes", "activity/new", "branch/team", "card/index", "desk/confirm",
    "floating/detail", "lesson/detail", "lesson/calendar", "me/claim", "me/consents", "me/handler", "me/household",
    "me/messages", "me/privacy", "me/roles", "me/sessions", "order/detail", "order/new", "work/index", "index/index",
    "activity/roll", "me/report-ins", "surveys/fill",
}  # fmt: skip


def screens() -> list[str]:
    """All screens by their path below `pages/`."""
    return sorted(file.relative_to(PAGES).with_suffix("").as_posix() for file in PAGES.rglob("*.vue"))


def each_once() -> dict[str, list[str]]:
    """The screens of `SCREENS`, each with one person and one address."""
    first = {path.partition("?")[0]: (who, path) for who in reversed(SCREENS) for path in reversed(SCREENS[who])}
    return {who: [path for one, path in first.values() if one == who] for who in SCREENS}


def source_of(screen: str) -> str:
    """The source of a screen."""
    return (PAGES / f"{screen}.vue").read_text()


@pytest.mark.parametrize("screen", screens())
def test_a_screen_that_reads_shows_that_it_reads_and_that_it_failed(screen: str) -> None:
    source = source_of(screen)
    reads = re.search(r"\buse(?:Load|List)\b[<(]", source)
    assert bool(reads) == (screen not in NOTHING_TO_READ)
    if reads:
        assert re.search(r"<UiPage[^>]* :loading=", source), "UiPage shows loading, failure and a way to try again"


@pytest.mark.parametrize("screen", [one for one in screens() if one not in {*NOTHING_TO_READ, *ONE_THING}])
def test_a_list_says_when_there_is_nothing(screen: str) -> None:
    assert re.search(r"<(?:UiEmpty|MemberPicker)\b", source_of(screen))


def test_the_tables_name_no_screen_that_is_gone() -> None:
    assert {*NOTHING_TO_READ, *ONE_THING} <= set(screens())


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("who", [who for who, paths in each_once().items() if paths])
def test_without_network_no_screen_is_blank(phones: Phones, who: str) -> None:
    """Each screen once, in the hands of the first who uses it."""
    phone = phones(PEOPLE[who])
    phone.page.context.route(API, lambda route: route.abort())
    blank: list[str] = []
    for number, path in enumerate(each_once()[who]):
        phone.page.goto(f"{phone.product.web}/m/?{number}#/pages/{path}")
        here = phone.page.locator(PAGE).locator("visible=true").first
        expect(here).to_be_visible()
        expect(phone.page.get_by_text("正在读取…").locator("visible=true")).to_have_count(0)
        told = here.get_by_text(re.compile("没有连上网络|现在没有网络")).locator("visible=true").count()
        if not told and path.partition("?")[0] not in NOTHING_TO_READ:
            blank.append(f"{path}: {here.inner_text()[:60]!r}")
    assert blank == []


@pytest.mark.browser
@pytest.mark.slow
def test_while_an_answer_is_on_its_way_one_sees_it(phones: Phones) -> None:
    """And whoever tries again after a failure gets the page."""
    phone = phones(PEOPLE["resident"])
    held: list[Route] = []
    phone.page.context.route(re.compile("/api/v1/me/consents"), lambda route: held.append(route))
    phone.page.goto(f"{phone.product.web}/m/?1#/pages/me/consents")
    phone.sees("正在读取…")
    held[0].abort()
    phone.sees("没有连上网络，请检查网络后再试一次。")
    phone.page.context.unroute(re.compile("/api/v1/me/consents"))
    phone.tap("再试一次")
    phone.sees("每一项都分开问您，不同意也能用别的功能。")
