"""Activities of a branch and who was there."""
