"""A local stand-in for the servers of WeChat (api.weixin.qq.com) and WeCom (qyapi.weixin.qq.com)."""
