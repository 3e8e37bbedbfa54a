"""Numbers counted once, when they happen: deltas appended by features, folded by the bot, read by key."""
