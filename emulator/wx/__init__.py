"""The endpoints of api.weixin.qq.com."""

from emulator.calls import Endpoint
from emulator.wx import (
    account,
    cards,
    content_check,
    links,
    login,
    menu,
    mini_codes,
    official_messages,
    phone,
    subscribe,
    template_list,
    tokens,
    web_login,
)

ENDPOINTS: list[Endpoint] = [
    *tokens.ENDPOINTS,
    *login.ENDPOINTS,
    *phone.ENDPOINTS,
    *subscribe.ENDPOINTS,
    *template_list.ENDPOINTS,
    *mini_codes.ENDPOINTS,
    *links.ENDPOINTS,
    *content_check.ENDPOINTS,
    *cards.ENDPOINTS,
    *web_login.ENDPOINTS,
    *official_messages.ENDPOINTS,
    *menu.ENDPOINTS,
    *account.ENDPOINTS,
]
