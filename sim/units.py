"""Minutes, days and office hours.

Time is minutes from Monday 00:00 of day 0. Every function here runs the same way
compiled and uncompiled, so the engine and its tests share one definition.
"""

from numba.extending import register_jitable

DAY = 1440.0
WEEK = 7 * DAY
OFFICE_OPENS = 510.0  # Monday to Friday 08:30-17:30
OFFICE_DAY = 540.0
OFFICE_WEEK = 5 * OFFICE_DAY


@register_jitable
def office_clock(t: float) -> float:
    """Office minutes elapsed at ``t`` since Monday 00:00 of day 0 [min]."""
    week = t // WEEK
    rest = t - week * WEEK
    day = rest // DAY
    if day >= 5.0:
        return week * OFFICE_WEEK + OFFICE_WEEK
    within = min(max(rest - day * DAY - OFFICE_OPENS, 0.0), OFFICE_DAY)
    return week * OFFICE_WEEK + day * OFFICE_DAY + within


@register_jitable
def add_office_minutes(t: float, minutes: float) -> float:
    """The moment when ``minutes`` of office time have passed after ``t`` [min].

    A delay that ends with an office day is over when the next one opens; 0 minutes
    take no time, whatever the hour.
    """
    if minutes <= 0.0:
        return t
    total = office_clock(t) + minutes
    week = total // OFFICE_WEEK
    rest = total - week * OFFICE_WEEK
    day = rest // OFFICE_DAY
    return week * WEEK + day * DAY + OFFICE_OPENS + (rest - day * OFFICE_DAY)


@register_jitable
def open_clock(t: float, opens: float, closes: float) -> float:
    """Minutes a service open daily ``[opens, closes)`` has been open up to ``t`` [min]."""
    day = t // DAY
    return day * (closes - opens) + min(max(t - day * DAY - opens, 0.0), closes - opens)


@register_jitable
def is_open(t: float, opens: float, closes: float) -> bool:
    """Whether ``t`` falls in the daily opening hours ``[opens, closes)``."""
    minute = t - (t // DAY) * DAY
    return bool(opens <= minute < closes)
