"""How many members there are, counted again from the roster every hour and rolled up the tree."""
