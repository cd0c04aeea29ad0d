"""What a tariff says, in words and figures."""

from django.utils.translation import gettext

from metering.figures import money_text, quantity_text
from metering.models import RatedBy, Tariff


def counts_text(tariff: Tariff) -> str:
    return str(RatedBy(tariff.rated_by).label)


def included_text(tariff: Tariff) -> str:
    """As a sum; steps one after the other."""
    if tariff.allowance_steps:
        return ", ".join(gettext("%(included)s from %(users)s users") % step for step in _steps(tariff))
    base, per_user = quantity_text(tariff.allowance_base), quantity_text(tariff.allowance_per_user)
    return gettext("%(base)s + %(per_user)s a user") % {"base": base, "per_user": per_user}


def block_text(tariff: Tariff) -> str:
    return f"{quantity_text(tariff.block_size)} {tariff.service.unit}"


def price_text(tariff: Tariff) -> str:
    return money_text(tariff.price_minor, tariff.currency)


def compared(new: Tariff, old: Tariff | None) -> list[tuple[str, str, str]]:
    """What the one says beside the other, line by line."""
    lines = [
        (gettext("What counts"), counts_text),
        (gettext("Included in a month"), included_text),
        (gettext("Size of a block"), block_text),
        (gettext("Price of a block"), price_text),
    ]
    return [(label, text(old) if old else "–", text(new)) for label, text in lines]


def _steps(tariff: Tariff) -> list[dict[str, str]]:
    return [
        {"users": quantity_text(int(users)), "included": quantity_text(included)}
        for users, included in tariff.allowance_steps
    ]
