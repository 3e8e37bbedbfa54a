"""Cards given out in batches, reported lost, and issued anew."""
