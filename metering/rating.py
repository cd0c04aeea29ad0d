"""What a month's use comes to: the allowance, what goes beyond it, and its price. Pure; decimals all the way.

The function that works out an amount also writes down how: an invoice keeps that, a page shows it, and a check does it
again. Sources: design §8, metering rules R8, R21, R22, R25.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Any, Final, Self

THRESHOLDS: Final = (50, 85, 100, 150, 200)
"""Percent of the allowance of which an alert is given. Source: design §8."""
NEAR: Final = 85


@dataclass(frozen=True, slots=True)
class Step:
    """From so many users on, so much is included."""

    users: int
    allowance: Decimal


@dataclass(frozen=True, slots=True)
class Terms:
    """What is included, and what more costs: a tariff, without its row. `steps` take the place of base and per user."""

    base: Decimal
    per_user: Decimal
    block_size: Decimal
    price_minor: Decimal
    steps: Sequence[Step] = ()

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> Self:
        """What `written` wrote; raises KeyError or ArithmeticError for anything else."""
        return cls(
            base=Decimal(written["base"]),
            per_user=Decimal(written["per_user"]),
            block_size=Decimal(written["block_size"]),
            price_minor=Decimal(written["price_minor"]),
            steps=[Step(int(users), Decimal(allowance)) for users, allowance in written["steps"]],
        )

    def written(self) -> dict[str, Any]:
        """As JSON keeps it: decimals are strings."""
        return {
            "base": plain(self.base),
            "per_user": plain(self.per_user),
            "block_size": plain(self.block_size),
            "price_minor": plain(self.price_minor),
            "steps": [[step.users, plain(step.allowance)] for step in self.steps],
        }

    def step(self, users: int) -> Step:
        """The one of its steps that so many users reach."""
        return max((step for step in self.steps if step.users <= users), key=lambda step: step.users)

    def never_falls(self) -> bool:
        """Whether more users never mean a smaller allowance, as R21 asks; steps rise, and begin with no users."""
        if not self.steps:
            return self.base >= 0 and self.per_user >= 0
        pairs = list(zip(self.steps, self.steps[1:], strict=False))
        return (
            self.steps[0].users == 0
            and self.steps[0].allowance >= 0
            and all(low.users < high.users and low.allowance <= high.allowance for low, high in pairs)
        )


FREE: Final = Terms(base=Decimal(0), per_user=Decimal(0), block_size=Decimal(1), price_minor=Decimal(0))
"""What no tariff is agreed for costs nothing."""


@dataclass(frozen=True, slots=True)
class Rating:
    """What a use comes to. `formulas` are the sums that were done, for a person to follow."""

    used: Decimal
    users: int
    allowance: Decimal
    overage: Decimal
    blocks: int
    price_minor: Decimal
    amount_minor: int
    formulas: Mapping[str, str]


def allowance(terms: Terms, users: int) -> Decimal:
    """What is included for so many users."""
    if not terms.steps:
        return terms.base + terms.per_user * users
    return terms.step(users).allowance


def allowance_formula(terms: Terms, users: int) -> str:
    """The same as a sum: “500 + 24 × 500 = 12500”; of steps the one that counts, “24 ≥ 20: 12500”."""
    included = plain(allowance(terms, users))
    if terms.steps:
        return f"{users} ≥ {terms.step(users).users}: {included}"
    return f"{plain(terms.base)} + {users} × {plain(terms.per_user)} = {included}"


def number_that_counts(
    rated_by: str, *, total: Decimal, carried: Decimal | None, last: Decimal | None, average: Decimal | None
) -> Decimal:
    """The number of a month that is held against its allowance, before what is adjusted by hand; what is not known is
    nothing. `total` is of a gauge its highest value, `carried` what it began with.

    The database works it out the same way (`UsageMonth.used`). Raises KeyError. Source: metering rules R9.
    """
    nothing = Decimal(0)
    began_with = carried or nothing
    return {
        "total": total,
        "peak": max(total, began_with),
        "last": began_with if last is None else last,
        "average": average or nothing,
    }[rated_by]


def rate(terms: Terms, *, used: Decimal, users: int) -> Rating:
    """The amount for a month's use. Less than nothing is billed as nothing; the amount is rounded once, half up."""
    included = allowance(terms, users)
    over = max(Decimal(0), used - included)
    blocks = int((over / terms.block_size).to_integral_value(ROUND_CEILING))
    amount = int((blocks * terms.price_minor).quantize(Decimal(1), ROUND_HALF_UP))
    return Rating(
        used=used,
        users=users,
        allowance=included,
        overage=over,
        blocks=blocks,
        price_minor=terms.price_minor,
        amount_minor=amount,
        formulas={
            "allowance": allowance_formula(terms, users),
            "overage": f"max(0, {plain(used)} − {plain(included)}) = {plain(over)}",
            "blocks": f"⌈{plain(over)} / {plain(terms.block_size)}⌉ = {blocks}",
            "amount": f"{blocks} × {plain(terms.price_minor)} = {amount}",
        },
    )


def plain(number: Decimal) -> str:
    """A decimal as a person writes it: no exponent, no zeros behind that say nothing."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
