"""The endpoints of qyapi.weixin.qq.com."""

from emulator.calls import Endpoint
from emulator.qy import appchat, group_messages, tokens, webhook, webhook_media

ENDPOINTS: list[Endpoint] = [
    *tokens.ENDPOINTS,
    *webhook.ENDPOINTS,
    *webhook_media.ENDPOINTS,
    *appchat.ENDPOINTS,
    *group_messages.ENDPOINTS,
]
