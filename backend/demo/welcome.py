"""What a person reads when the demo is up: addresses, users, and how to be one of them."""

import http.client
from urllib.parse import urlsplit

from backend.demo.place import Place

RULE = "─" * 72
PAGES = (("手机端", "/m/"), ("工作台", "/desk/"))
USERS = (
    ("resident-li", "李桂芳", "群众"),
    ("resident-wang", "王建国", "群众"),
    ("member-zhao", "赵志强", "党员志愿者"),
    ("member-qian", "钱晓梅", "流动党员"),
    ("secretary-sun", "孙立新", "支部书记"),
    ("host-secretary-zhou", "周敏", "流入地书记"),
    ("county-wu", "吴远", "县委组织部"),
)
FULL_WIDTH_SPACE = "\u3000"


def welcome(place: Place) -> str:
    """The block of text; a page is named only if it answers."""
    pages = [f"  {name}　　{place.web_url}{path}" for name, path in PAGES if answers(place.web_url + path)]
    users = [f"    {user:<21}{name:{FULL_WIDTH_SPACE}<4}{role}" for user, name, role in USERS]
    return "\n".join(
        [
            "",
            RULE,
            "  支部 · 演示已就绪（Ctrl-C 结束）",
            "",
            f"  接口　　　{place.web_url}/api/v1　说明：{place.web_url}/docs",
            f"  微信模拟　{place.emulator_url}/　看谁收到了什么",
            *pages,
            f"  数据　　　{place.folder}（删除即重新开始）",
            "",
            "  演示用户",
            *users,
            "",
            "  以其中一人登录",
            *_log_in(place),
            RULE,
            "",
        ]
    )


def _log_in(place: Place) -> list[str]:
    json_header = "-H 'Content-Type: application/json'"
    first_code = """sed 's/.*"code": *"\\([^"]*\\)".*/\\1/'"""
    return [
        f"    CODE=$(curl -s {place.emulator_url}/_control/login-code {json_header} \\",
        f'      -d \'{{"user": "{USERS[0][0]}"}}\' | {first_code})',
        f"    curl -s {place.web_url}/api/v1/auth/wechat {json_header} \\",
        '      -d "{\\"code\\": \\"$CODE\\", \\"channel\\": \\"miniprogram\\"}"',
    ]


def answers(url: str) -> bool:
    """Whether a GET is answered right now, be it with the way to the log-in page."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=2)
    try:
        connection.request("GET", parts.path)
        return connection.getresponse().status < http.HTTPStatus.BAD_REQUEST
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
