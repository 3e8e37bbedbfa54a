"""Service to residents: the catalogue, the order machine (点单–派单–接单) and its timers."""
