"""The endpoints of api.weixin.qq.com."""

from emulator.calls import Endpoint
from emulator.wx import content_check, login, mini_codes, phone, subscribe, tokens, web_login

ENDPOINTS: list[Endpoint] = [
    *tokens.ENDPOINTS,
    *login.ENDPOINTS,
    *phone.ENDPOINTS,
    *subscribe.ENDPOINTS,
    *mini_codes.ENDPOINTS,
    *content_check.ENDPOINTS,
    *web_login.ENDPOINTS,
]
