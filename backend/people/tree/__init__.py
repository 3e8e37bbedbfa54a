"""The tree as it grows: founding, editing, moving, merging and closing organisations, with their history."""
