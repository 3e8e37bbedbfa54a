"""Every page of the desk hangs on one blueprint; importing this module gives it them all."""

from backend.desk import branch, doors, lessons, members, numbers, operation, orders, pleas, review, today, wording
from backend.desk.frame import bp

PAGES = (branch, doors, lessons, members, numbers, operation, orders, pleas, review, today, wording)

__all__ = ["PAGES", "bp"]
