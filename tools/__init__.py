"""What `make` and the continuous integration call; nothing of the product imports it."""
