"""What members study together: lessons on Sundays; content packs and what else is to be learnt."""
