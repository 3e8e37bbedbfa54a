"""Erasure: an account and what it need not leave behind go, after a week in which one may change one's mind."""
