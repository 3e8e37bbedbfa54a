"""What a person sees: the phones, the groups, the errors, and the log-in page."""
