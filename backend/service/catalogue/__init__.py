"""What can be ordered: the kinds of service, as data."""
