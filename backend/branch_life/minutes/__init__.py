"""Minutes of a meeting: what was said and decided, with quorum and votes computed from the roll."""
