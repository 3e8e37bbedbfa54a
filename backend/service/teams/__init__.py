"""Who helps: skills, free hours and leave of people, and the teams that they make up."""
