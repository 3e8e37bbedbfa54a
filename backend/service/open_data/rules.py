"""Figures of the public ledger, each with its source."""

from datetime import timedelta

from backend.tally.rules import Rule

LEDGER_DELAY = Rule(timedelta(days=7), "提交后", "本系统设定：公开台账延后，不显示正在谁家办事")
LEDGER_REACH = Rule(timedelta(days=90), "最近", "Open311 GeoReport v2：没有起止日期时给最近90天")
MOST_REQUESTS = Rule(1_000, "件", "Open311 GeoReport v2：一次最多1000件")
