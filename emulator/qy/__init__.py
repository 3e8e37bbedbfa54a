"""The endpoints of qyapi.weixin.qq.com."""

from emulator.calls import Endpoint
from emulator.qy import webhook, webhook_media

ENDPOINTS: list[Endpoint] = [*webhook.ENDPOINTS, *webhook_media.ENDPOINTS]
