"""Activities that branches hold together: one asks, the other answers for its own members."""
