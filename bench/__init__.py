"""Measurements: ratios within one interleaved run. Absolute figures of a shared machine are noise."""
