"""Terms of office: when they end, which posts stand empty, and who is told."""
