"""Limits of the erasures, each with its source."""

from datetime import timedelta

from backend.tally.rules import Rule

GRACE = Rule(timedelta(days=7), "天", "本系统设定：误点可以撤回；《个人信息保护法》§50 要求便捷，未定期限")
PUT_OFF = Rule(timedelta(days=1), "天", "本系统设定：有工单或职务未了，隔日再看")
