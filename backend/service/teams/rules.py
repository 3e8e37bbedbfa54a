"""Figures of the teams, each with its source."""

from backend.tally.rules import Rule

_OWN = "本系统建议，可由支部或本人调整"

PERSONS_LOAD = Rule(5, "件", _OWN)
TEAMS_LOAD = Rule(20, "件", _OWN)
FARTHEST_LEAVE_DAYS = Rule(366, "天", _OWN)
