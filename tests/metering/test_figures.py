"""Numbers as a person reads them."""

from decimal import Decimal

import pytest

from metering.figures import roughly_text


@pytest.mark.parametrize(
    ("number", "told"),
    [("0", "0"), ("0.874", "0.9"), ("0.0444", "0.04"), ("9.47", "9.5"), ("13.4", "13"), ("6712", "6,700")],
)
def test_an_error_is_told_roughly(number: str, told: str) -> None:
    assert roughly_text(Decimal(number)) == told
