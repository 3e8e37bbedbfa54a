"""What a User-Agent says of a device, in a few words for its owner; nothing is recognised by it."""

SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("HarmonyOS", "鸿蒙"),
    ("Android", "安卓手机"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)
PROGRAMS = (
    ("MicroMessenger", "微信"),
    ("wxwork", "企业微信"),
    ("Edg/", "Edge"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)


def device_label(user_agent: str) -> str:
    """Like `Windows · Chrome`; `未知设备` for what is no browser."""
    known = [_first(user_agent, SYSTEMS), _first(user_agent, PROGRAMS)]
    return " · ".join(word for word in known if word) or "未知设备"


def _first(user_agent: str, table: tuple[tuple[str, str], ...]) -> str:
    return next((label for mark, label in table if mark in user_agent), "")
