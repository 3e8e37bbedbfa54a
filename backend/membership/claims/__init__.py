"""Claims: an account says which member it is, and the branch decides."""
