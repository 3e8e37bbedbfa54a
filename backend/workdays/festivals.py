"""The festival on whose days off a day lies, as people call it."""

from datetime import date

from lunar_python import Solar
from lunar_python.util import HolidayUtil

SPRING_FESTIVAL = "春节"
DAYS_OF_SPRING_FESTIVAL = 7  # 《全国年节及纪念日放假办法》 and its usual bridge: new year's eve and a week


def festival_of(day: date) -> str | None:
    """By the published calendar; Spring Festival also in years of which nothing is published yet."""
    published = HolidayUtil.getHoliday(day.isoformat())
    if published:
        return None if published.isWork() else str(published.getName())
    return SPRING_FESTIVAL if not HolidayUtil.getHolidays(day.year) and _in_spring_festival(day) else None


def _in_spring_festival(day: date) -> bool:
    lunar = Solar.fromYmd(day.year, day.month, day.day).getLunar()
    tomorrow = lunar.next(1)
    eve = (tomorrow.getMonth(), tomorrow.getDay()) == (1, 1)
    return eve or (lunar.getMonth() == 1 and lunar.getDay() <= DAYS_OF_SPRING_FESTIVAL)
