"""Which days are worked: the published calendar, and what an organisation declares for itself and all below it."""
