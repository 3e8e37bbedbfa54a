"""The other process: asks what is due and delivers what is owed."""
