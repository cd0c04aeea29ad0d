"""What a use comes to: tables, and laws over every tariff. Sources: metering rules R8, R21, R22, reliability R-22."""

from decimal import Decimal
from fractions import Fraction
from itertools import product

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from licences.models import Tenant
from metering.models import MeteredService, RatedBy, UsageMonth
from metering.money import digits_of, major
from metering.rating import FREE, THRESHOLDS, Rating, Step, Terms, allowance, number_that_counts, rate
from metering.services.counting import REACHED
from tests.factories import scope_of
from tests.metering.closing.months import OCTOBER

D = Decimal
TERMS = Terms(base=D(500), per_user=D(20), block_size=D(100), price_minor=D(250))
STEPS = Terms(
    base=D(0),
    per_user=D(0),
    block_size=D(1),
    price_minor=D(1),
    steps=[Step(0, D(10)), Step(5, D(50)), Step(20, D("99.5"))],
)

quantities = st.decimals("0", "1000000000000", places=6)
users = st.integers(0, 1_000_000)
terms = st.builds(
    Terms,
    base=st.decimals("0", "1000000", places=6),
    per_user=st.decimals("0", "10000", places=6),
    block_size=st.decimals("0.000001", "100000", places=6),
    price_minor=st.decimals("0", "100000", places=4),
)


@pytest.mark.parametrize(
    ("used", "by", "over", "blocks", "amount"),
    [
        ("0", 0, "0", 0, 0),
        ("500", 0, "0", 0, 0),
        ("500.000001", 0, "0.000001", 1, 250),
        ("600", 0, "100", 1, 250),
        ("600.000001", 0, "100.000001", 2, 500),
        ("620", 6, "0", 0, 0),
        ("620.5", 6, "0.5", 1, 250),
        ("-40", 3, "0", 0, 0),
    ],
)
def test_started_blocks_beyond_the_allowance_are_billed(
    used: str, by: int, over: str, blocks: int, amount: int
) -> None:
    rating = rate(TERMS, used=D(used), users=by)

    assert (rating.overage, rating.blocks, rating.amount_minor) == (D(over), blocks, amount)


@pytest.mark.parametrize(
    ("price", "blocks", "amount"),
    [("0.5", 1, 1), ("0.4999", 1, 0), ("0.5", 3, 2), ("2.675", 100, 268), ("0.3333", 3, 1), ("1.25", 2, 3)],
)
def test_the_amount_is_rounded_once_half_up(price: str, blocks: int, amount: int) -> None:
    cheap = Terms(base=D(0), per_user=D(0), block_size=D(1), price_minor=D(price))

    assert rate(cheap, used=D(blocks), users=0).amount_minor == amount


@pytest.mark.parametrize(
    ("by", "included"), [(0, "10"), (4, "10"), (5, "50"), (19, "50"), (20, "99.5"), (10_000, "99.5")]
)
def test_of_steps_the_last_that_is_reached_counts(by: int, included: str) -> None:
    assert allowance(STEPS, by) == D(included)
    assert rate(STEPS, used=D(included), users=by).amount_minor == 0


def test_without_a_tariff_nothing_is_billed() -> None:
    assert rate(FREE, used=D(10**12), users=3).amount_minor == 0


@pytest.mark.parametrize(
    ("currency", "digits", "shown"), [("EUR", 2, "12.50"), ("JPY", 0, "1250"), ("KWD", 3, "1.250"), ("ISK", 0, "1250")]
)
def test_minor_units_are_the_currencys_own(currency: str, digits: int, shown: str) -> None:
    assert (digits_of(currency), f"{major(1250, currency):f}") == (digits, shown)


@given(terms, quantities, users)
def test_every_amount_is_what_fractions_say(of: Terms, used: Decimal, by: int) -> None:
    rating = rate(of, used=used, users=by)

    included = Fraction(of.base) + Fraction(of.per_user) * by
    over = max(Fraction(0), Fraction(used) - included)
    blocks = -(-over // Fraction(of.block_size))
    assert (Fraction(rating.allowance), Fraction(rating.overage), rating.blocks) == (included, over, blocks)
    assert rating.amount_minor == (2 * blocks * Fraction(of.price_minor) + 1) // 2
    assert rating.amount_minor >= 0


@given(terms, quantities, quantities, users, users)
def test_more_use_never_costs_less_and_more_users_never_more(
    of: Terms, one: Decimal, other: Decimal, by: int, more: int
) -> None:
    def amount(used: Decimal, count: int) -> int:
        return rate(of, used=used, users=count).amount_minor

    low, high = sorted((one, other))
    assert amount(low, by) <= amount(high, by)
    assert amount(high, by + more) <= amount(high, by)


@given(terms)
def test_terms_are_what_was_written_down(of: Terms) -> None:
    assert Terms.read(of.written()).written() == of.written()
    assert Terms.read(STEPS.written()) == STEPS


@given(terms, quantities, users)
def test_a_rating_is_the_same_from_what_is_written_down(of: Terms, used: Decimal, by: int) -> None:
    first: Rating = rate(of, used=used, users=by)

    assert rate(Terms.read(of.written()), used=used, users=by) == first


@pytest.mark.django_db
def test_the_number_that_counts_is_what_the_database_works_out(metered: Tenant, emails: MeteredService) -> None:
    numbers = product(RatedBy.values, (D(4), D(9)), (None, D(0), D(6)), (None, D(0), D(5)), (None, D(7)))
    with scope_of(metered):
        UsageMonth.objects.bulk_create(
            UsageMonth(
                tenant=metered,
                service=emails,
                month=OCTOBER.plus(place).first,
                rated_by=rated_by,
                total=total,
                carried=carried,
                last_quantity=last,
                average=average,
                adjusted=-1,
            )
            for place, (rated_by, total, carried, last, average) in enumerate(numbers)
        )
        rows = list(UsageMonth.objects.all())
        UsageMonth.objects.all().delete()

    assert len(rows) == 144
    for row in rows:
        counts = number_that_counts(
            row.rated_by, total=row.total, carried=row.carried, last=row.last_quantity, average=row.average
        )
        assert row.used == counts - 1


@pytest.mark.django_db
@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.decimals("-10", "3000", places=6), st.none() | st.just(D(0)) | st.decimals("0", "1000", places=6)),
        min_size=1,
    )
)
def test_a_threshold_is_come_to_exactly(months: list[tuple[Decimal, Decimal | None]]) -> None:
    def is_reached(used: Decimal, allowance: Decimal | None, threshold: int) -> bool | None:
        if not allowance:
            return None if allowance is None else threshold == 100 and used > 0
        return Fraction(used) / Fraction(allowance) >= Fraction(threshold, 100)

    asked = [(used, allowance, threshold) for used, allowance in months for threshold in THRESHOLDS]
    values = ", ".join(["(%s::numeric, %s::numeric, %s::integer)"] * len(asked))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT *, {REACHED} FROM (VALUES {values}) AS month (used, allowance, threshold)",
            [value for each in asked for value in each],
        )
        answers = cursor.fetchall()

    assert [answer[3] for answer in answers] == [is_reached(*each) for each in asked]
