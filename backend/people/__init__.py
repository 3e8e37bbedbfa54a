"""Who: organisations, accounts, members, posts and permissions."""
