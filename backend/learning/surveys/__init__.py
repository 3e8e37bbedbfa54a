"""Training-needs surveys (党员教育培训需求调研): asked of a subtree, filled by quota, read as a list of needs."""
