"""Reveals: one masked field of a member shown in full, for a purpose that is said and logged."""
