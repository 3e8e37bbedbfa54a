"""One's own tokens, and as what a token acts."""
