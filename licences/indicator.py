"""How close a number is to its limit: the one rule behind every black, yellow and red. Source: design §6."""

from enum import StrEnum

YELLOW_FROM_PERCENT = 85


class Indicator(StrEnum):
    """The states as the API names them."""

    BLACK = "black"
    YELLOW = "yellow"
    RED = "red"
    NOT_IN_PLAN = "not_in_plan"


def indicator(used: int, limit: int | None) -> Indicator:
    """Red from the limit on, yellow from 85 % of it, else black; exact, in integers.

    A limit of None is no limit (black); 0 means that the plan does not have it at all.
    """
    if limit is None:
        return Indicator.BLACK
    if limit == 0:
        return Indicator.NOT_IN_PLAN
    if used >= limit:
        return Indicator.RED
    if 100 * used >= YELLOW_FROM_PERCENT * limit:
        return Indicator.YELLOW
    return Indicator.BLACK


def percent_used(used: int, limit: int | None) -> int | None:
    """Whole percent, rounded down, so that 85 is never shown before yellow nor 100 before red; None without a limit."""
    return None if not limit else 100 * used // limit
