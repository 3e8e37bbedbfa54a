"""Corrections: a member says that the roster has something wrong, and who keeps the roster decides."""
