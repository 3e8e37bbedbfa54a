"""Desk log-ins: user name and password, one-time password, lockout, and log-in by a QR code."""
