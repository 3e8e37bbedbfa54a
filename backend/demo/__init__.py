"""The demo: a working branch on a fresh machine."""
