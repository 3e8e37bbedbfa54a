"""What a member can still join that gives hours: activities that are coming, lessons that he has not heard."""
