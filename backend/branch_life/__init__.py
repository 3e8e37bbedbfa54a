"""What a branch does together: activities with check-ins, duties, dues."""
