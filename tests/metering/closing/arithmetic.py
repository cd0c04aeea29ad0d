"""What invoices must come to, worked out from the events alone: whole millionths, and none of the console's own rules.

The prices are those of the fixtures: 500 e-mails are included, then each started 100 cost 2.50; 10 GB are included, by
the highest value of the month, then each started one costs 2.50. Nobody holds a plan.
"""

from collections.abc import Iterable
from decimal import Decimal

MILLIONTHS = 10**6


def millionths(quantity: object) -> int:
    return int(Decimal(str(quantity)) * MILLIONTHS)


def amount(used: int, *, included: int, block: int, price: int = 250) -> int:
    """In minor units: so many started blocks beyond what is included."""
    over = max(0, used - included * MILLIONTHS)
    return -(-over // (block * MILLIONTHS)) * price


def for_emails(quantities: Iterable[object]) -> int:
    return amount(sum(map(millionths, quantities)), included=500, block=100)


def for_storage(quantities: Iterable[object]) -> int:
    return amount(max(map(millionths, quantities), default=0), included=10, block=1)
