"""Retention: how long what is kept, the job that lets go of the rest, and a report of what it did."""
