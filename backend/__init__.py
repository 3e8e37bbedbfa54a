"""The web process of Zhibu: everything that an HTTP request touches."""
