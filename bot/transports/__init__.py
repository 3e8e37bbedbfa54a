"""The ways out of the house, one class each."""
