"""How a branch sorts its members: into Party cells, and by tags of its own."""
