"""What is said of a stretch of the card: the host's confirmation, the yearly statement, the home branch's appraisal."""
