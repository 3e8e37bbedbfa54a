"""Which screens there are and who uses them; what makes them full stands in `furniture`."""

import re

from tests.e2e.conftest import Product
from tests.e2e.walk import Client

PEOPLE = {"resident": "李桂芳", "member": "赵志强", "secretary": "孙立新", "host": "周敏"}

RESIDENT = (
    "index/index", "inbox/index", "me/index", "me/privacy", "me/consents", "me/data", "me/audit", "me/sessions",
    "me/claim", "me/help", "me/outbox", "me/household", "order/new", "order/new?draft=水管漏水", "order/list",
    "order/detail?number={order}", "wish/list",
    "ledger/list", "me/messages",
)  # fmt: skip
MEMBER = (
    "index/index", "check-in/index", "activity/list", "activity/detail?id={activity}", "activity/minutes?id={held}",
    "lesson/list",
    "lesson/detail?id={lesson}", "card/index", "card/reviews", "dues/calculator", "pack/list", "order/list?box=offered",
    "order/detail?number={offered}", "me/index", "me/handler", "me/report-ins", "me/tasks", "floating/list",
    "floating/new", "surveys/list", "surveys/fill?id={survey}",
)  # fmt: skip
SECRETARY = (
    "index/index", "work/index", "order/list?box=to-accept", "order/detail?number={order}",
    "order/detail?number={accepted}", "activity/new", "activity/code?id={activity}", "activity/roll?id={activity}",
    "activity/requests?id={activity}", "activity/minutes?id={held}", "activity/minutes?id={bare}",
    "activity/detail?id={activity}", "lesson/detail?id={lesson}",
    "branch/claims", "branch/duties", "branch/members", "branch/requests",
    "branch/dues", "branch/report-ins", "branch/transfers", "branch/terms", "forward/list", "group/list",
    "lesson/calendar", "me/roles", "pack/detail?id={pack}", "pack/detail?id={received}", "desk/confirm?ticket={ticket}",
    "floating/detail?id={stay}", "branch/team?id={team}", "surveys/fill?id={survey}",
)  # fmt: skip
HOST = ("floating/list", "floating/detail?id={stay}", "forward/list", "group/list")
# the form begins behind the choice of a kind
TAPPED_FIRST = {"order/new?draft=水管漏水": re.compile("公共设施报修")}
SCREENS = {"resident": RESIDENT, "member": MEMBER, "secretary": SECRETARY, "host": HOST}


def address(product: Product, path: str, ids: dict[str, str]) -> str:
    """Where a screen is; a code of the desk lives for two minutes, so that each look needs its own."""
    fresh = {"ticket": Client(product.web).ok("/auth/desk-tickets")["ticket"]} if "{ticket}" in path else {}
    return f"#/pages/{path.format(**ids, **fresh)}"
