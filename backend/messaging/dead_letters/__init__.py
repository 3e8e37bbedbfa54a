"""What the bot gave up on: kept with its reason until a person looks, and sent again when he says so."""
