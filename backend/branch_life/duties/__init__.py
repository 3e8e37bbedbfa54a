"""What every organisation owes in a period (三会一课 and the rest), met by the roll of an activity and its minutes."""
