"""Rating by a signed link, without log-in: the last step of an order for whoever has no time for more."""
