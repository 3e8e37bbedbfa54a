"""Double report-in (双报到): a member serves the community that his unit is paired with, or where he lives."""
