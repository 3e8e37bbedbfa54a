"""Codes that let somebody in: to a household, to a team. Guessing them is limited."""
