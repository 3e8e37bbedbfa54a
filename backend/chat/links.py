"""Links from the chat into the mini program; where it cannot be opened, to the same page of the H5 client."""

from dataclasses import dataclass
from urllib.parse import quote

HOME = "pages/index/index"
NEW_ORDER = "pages/order/new"
ORDERS = "pages/order/list"
ORDER = "pages/order/detail"
ACTIVITIES = "pages/activity/list"
ACTIVITY = "pages/activity/detail"
LESSONS = "pages/lesson/list"
LESSON = "pages/lesson/detail"
CARD = "pages/card/index"


@dataclass(frozen=True)
class Links:
    """The mini program that links lead to, and the public address of the H5 client."""

    appid: str
    public_url: str

    def to(self, page: str, label: str, **query: str) -> str:
        """A link as the chat shows it, with one value at most in its query: what the platform makes of & is unknown."""
        where = page + "".join(f"?{name}={quote(value, safe='')}" for name, value in query.items())
        target = f'data-miniprogram-appid="{self.appid}" data-miniprogram-path="{where}"'
        return f'<a href="{self.web(where)}" {target}>{label}</a>'

    def web(self, where: str) -> str:
        """The page of the H5 client. What stands behind the # reaches no server: a draft stays with its author."""
        return f"{self.public_url}/m/#/{where}"
