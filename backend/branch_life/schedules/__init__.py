"""Activities that come back: the fixed Party day."""
