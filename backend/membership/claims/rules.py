"""Limits of the claims, each with its source."""

from backend.tally.rules import Rule

CLAIMS_PER_DAY = Rule(5, "次/天", "本系统设定：防止借认领试探名册")
