"""Who looks after which door: grids with their workers and buildings, households, duty lists."""
