"""The only room that knows WeChat: gateway, tokens, callbacks, content check."""
