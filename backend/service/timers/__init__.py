"""Clocks of an order: how long each stage may take, on natural or on working time."""
