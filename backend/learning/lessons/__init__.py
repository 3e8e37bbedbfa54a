"""Lessons (党课星期天): written, reviewed, published on Sundays, and listened to."""
