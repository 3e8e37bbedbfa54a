"""Consents: given per purpose and version, withdrawn when one likes, never forgotten."""
