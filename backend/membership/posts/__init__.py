"""Posts: who is appointed by whom, for how long, and who held them before."""
