"""What all rooms know of a person, for that person."""
