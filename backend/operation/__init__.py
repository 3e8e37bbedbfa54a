"""What operators ask: alive, ready, how much, and the description of the API."""
