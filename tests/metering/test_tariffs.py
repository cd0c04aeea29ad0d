"""Tariffs: what a file or support may publish, and that what is published stays."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connections

from config.tenancy.scopes import support_scope
from licences.catalogue.files import CatalogueError
from licences.models import User
from licences.services.catalogue import OWNER, Changes
from metering.models import MeteredService, RatedBy, Tariff
from metering.services.catalogue import FOLDER
from metering.services.catalogue_tariffs import put_tariffs, read_tariffs
from metering.services.tariffs import (
    AlreadyPublished,
    HasBegun,
    NotAStep,
    TariffFault,
    TariffRefused,
    publish_tariff,
    read_steps,
)
from tests.factories import MeteredServiceFactory, TariffFactory
from tests.threads import at_once

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
JANUARY = date(2027, 1, 1)

ROW = """
[[tariff]]
service = "emails"
valid_from = 2026-01-01
rated_by = "total"
base = "500"
per_user = "20"
block = "100"
prices = { EUR = "2.50", JPY = "400" }
source = "A test"
"""


@pytest.fixture
def service(db: None) -> MeteredService:
    return MeteredServiceFactory(code="emails")


@pytest.fixture
def november() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def unpublished(service: MeteredService, **said: Any) -> Tariff:
    return TariffFactory.build(service=service, **{"valid_from": JANUARY} | said)


def load(folder: Path, text: str) -> Changes:
    (folder / "tariffs.toml").write_text(text)
    changes = Changes()
    put_tariffs(read_tariffs(folder), MeteredService.objects.using(OWNER), changes)
    return changes


@pytest.fixture
def loaded_service() -> None:
    """In the transaction of the owner of the database, who loads files."""
    MeteredService.objects.using(OWNER).create(code="emails", name="E-mails", unit="e-mails", kind="sum", sort_order=1)


@pytest.mark.usefixtures("loaded_service")
class TestTheFile:
    pytestmark = pytest.mark.django_db(databases=["default", OWNER])

    def test_each_currency_gets_a_tariff_with_its_own_minor_units(self, tmp_path: Path) -> None:
        changes = load(tmp_path, ROW)

        prices = dict(Tariff.objects.using(OWNER).values_list("currency", "price_minor"))
        assert prices == {"EUR": 250, "JPY": 400}
        assert len(changes.added) == 2

    def test_a_second_run_changes_nothing(self, tmp_path: Path) -> None:
        load(tmp_path, ROW)
        before = list(Tariff.objects.using(OWNER).order_by("pk").values())

        assert not load(tmp_path, ROW.replace('"500"', '"500.0"')).added
        assert list(Tariff.objects.using(OWNER).order_by("pk").values()) == before

    def test_a_later_version_is_added(self, tmp_path: Path) -> None:
        load(tmp_path, ROW)

        changes = load(tmp_path, ROW + ROW.replace("2026-01", "2090-07").replace('"500"', '"600"'))

        assert changes.added == {"tariff emails EUR 2090-07-01", "tariff emails JPY 2090-07-01"}

    @pytest.mark.parametrize(
        ("month", "is_refused"), [("2025-12", True), ("2026-11", True), ("2026-12", False), ("2027-01", False)]
    )
    def test_a_month_that_has_begun_keeps_its_price(
        self, month: str, is_refused: bool, november: None, tmp_path: Path
    ) -> None:
        load(tmp_path, ROW)
        later = ROW + ROW.replace("2026-01", month)

        if is_refused:
            with pytest.raises(CatalogueError, match=f"emails EUR {month}-01 is of a month .* begun is 2026-12"):
                load(tmp_path, later)
        else:
            load(tmp_path, later)

        assert Tariff.objects.using(OWNER).filter(valid_from=f"{month}-01").exists() is not is_refused

    def test_what_cost_nothing_before_gets_its_versions_from_the_beginning(
        self, november: None, tmp_path: Path
    ) -> None:
        load(tmp_path, ROW)
        with_kroner = (ROW + ROW.replace("2026-01", "2026-12")).replace('EUR = "2.50"', 'EUR = "2.50", NOK = "29"')

        changes = load(tmp_path, with_kroner)

        assert "tariff emails NOK 2026-01-01" in changes.added

    @pytest.mark.parametrize(
        ("old", "new", "names"),
        [
            ('"500"', '"600"', "allowance_base is 500"),
            ('"2.50"', '"2.51"', "price_minor is 250"),
            ('base = "500"\nper_user = "20"', 'steps = ["0: 500"]', "allowance_base is 500"),
            ('source = "A test"', 'source = "A test"\nis_demo = true', "is_demo is False"),
        ],
    )
    def test_what_is_published_cannot_be_changed(self, old: str, new: str, names: str, tmp_path: Path) -> None:
        load(tmp_path, ROW)
        before = list(Tariff.objects.using(OWNER).order_by("pk").values())

        with pytest.raises(CatalogueError, match=f"published and cannot be changed: {names}"):
            load(tmp_path, ROW.replace(old, new))

        assert list(Tariff.objects.using(OWNER).order_by("pk").values()) == before

    @pytest.mark.parametrize(
        ("old", "new", "says"),
        [
            ("2026-01-01", "2026-01-02", "first of a month"),
            ("2026-01-01", "2026-01-01T00:00:00", "'valid_from' is of the wrong type"),
            ('"total"', '"peak"', "does not fit"),
            ('"total"', '"sum"', "must be one of total, peak"),
            ('"500"', '"-1"', "more users must never"),
            ('"500"', '"NaN"', "'base' must be a decimal"),
            ('base = "500"\nper_user = "20"', 'steps = ["0: 500", "20: 400"]', "more users must never"),
            ('base = "500"\nper_user = "20"', 'steps = ["1: 500"]', "steps must rise from 0"),
            ('base = "500"\nper_user = "20"', 'steps = ["0 - 500"]', "users: included"),
            ('base = "500"', 'steps = ["0: 500"]', "steps, and base or per user"),
            ('"100"', '"0"', "a block must be more"),
            ('"2.50"', '"-1"', "must not be negative"),
            ("EUR", "Euro", "is no currency"),
            ('service = "emails"', 'service = "faxes"', "there is no service 'faxes'"),
        ],
    )
    def test_what_breaks_a_rule_is_refused_by_name(self, old: str, new: str, says: str, tmp_path: Path) -> None:
        with pytest.raises(CatalogueError, match=rf"tariffs.toml, tariff 1: .*{says}"):
            load(tmp_path, ROW.replace(old, new))

        assert not Tariff.objects.using(OWNER).exists()

    def test_a_version_that_leaves_a_currency_out_is_refused(self, tmp_path: Path) -> None:
        later = ROW.replace("2026-01", "2026-07").replace(', JPY = "400"', "")

        with pytest.raises(CatalogueError, match="tariff 2: it has no price in JPY"):
            load(tmp_path, ROW + later)

    def test_a_version_that_is_there_twice_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(CatalogueError, match="tariff 2: emails EUR 2026-01-01 is there twice"):
            load(tmp_path, ROW + ROW)


def test_the_file_that_comes_with_the_console_says_that_its_figures_are_invented() -> None:
    entries = read_tariffs(FOLDER)

    assert {entry.service for entry in entries} == {
        "storage-used",
        "mailing-emails",
        "customer-centre-logins",
        "chat-sessions",
        "form-submissions",
    }
    assert all(entry.is_demo and entry.source == "Invented for demonstration" for entry in entries)
    assert any(entry.steps for entry in entries)
    assert {"EUR", "NOK"} <= set(entries[0].prices)
    assert len({entry.valid_from for entry in entries}) > 1


@pytest.mark.usefixtures("november")
class TestPublishing:
    def test_it_is_there_with_who_and_when(self, service: MeteredService, support: User) -> None:
        with support_scope("a test publishes"):
            publish_tariff(unpublished(service), by=support)

        tariff = Tariff.objects.get()
        assert (tariff.published_at, tariff.published_by_name) == (NOW, support.login_id)

    @pytest.mark.parametrize(
        ("said", "fault"),
        [
            ({"valid_from": date(2027, 1, 2)}, TariffFault.NOT_THE_FIRST),
            ({"rated_by": RatedBy.LAST}, TariffFault.DOES_NOT_FIT),
            ({"allowance_per_user": Decimal(-1)}, TariffFault.ALLOWANCE_FALLS),
            ({"block_size": Decimal(0)}, TariffFault.NO_BLOCK),
            ({"price_minor": Decimal(-1)}, TariffFault.NEGATIVE_PRICE),
        ],
    )
    def test_what_breaks_a_rule_is_refused(
        self, said: dict[str, Any], fault: TariffFault, service: MeteredService, support: User
    ) -> None:
        with pytest.raises(TariffRefused) as refused, support_scope("a test publishes"):
            publish_tariff(unpublished(service, **said), by=support)

        assert refused.value.fault == fault

    @pytest.mark.parametrize(
        ("now", "valid_from", "is_refused"),
        [
            ("2026-11-26T12:00Z", date(2026, 11, 1), True),
            ("2026-11-26T12:00Z", date(2026, 12, 1), False),
            ("2026-11-30T08:59Z", date(2026, 12, 1), False),
            ("2026-11-30T10:00Z", date(2026, 12, 1), True),  # it is December on Kiritimati
            ("2026-12-01T11:00Z", date(2026, 12, 1), True),
        ],
    )
    def test_a_month_that_has_begun_anywhere_keeps_its_price(
        self, now: str, valid_from: date, is_refused: bool, service: MeteredService, support: User
    ) -> None:
        with time_machine.travel(datetime.fromisoformat(now), tick=False), support_scope("a test publishes"):
            if is_refused:
                with pytest.raises(HasBegun):
                    publish_tariff(unpublished(service, valid_from=valid_from), by=support)
            else:
                publish_tariff(unpublished(service, valid_from=valid_from), by=support)

    def test_the_database_refuses_to_change_what_is_published(self, service: MeteredService) -> None:
        tariff = TariffFactory(service=service)

        with pytest.raises(Exception, match="permission denied"), support_scope("a test tries"):
            Tariff.objects.filter(pk=tariff.pk).update(price_minor=1)


@pytest.mark.django_db(transaction=True, databases=["default", OWNER])
def test_of_two_who_publish_for_the_same_month_one_is_told(support: User) -> None:
    service = MeteredServiceFactory(code="emails")

    def publish(price: int) -> Tariff:
        with support_scope("a test publishes"):
            tariff = unpublished(service, price_minor=Decimal(price), valid_from=date(2090, 1, 1))
            return publish_tariff(tariff, by=support)

    outcomes = at_once([lambda: publish(1), lambda: publish(2)])

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AlreadyPublished", "Tariff"]
    assert any(isinstance(outcome, AlreadyPublished) for outcome in outcomes)
    assert Tariff.objects.count() == 1
    connections[OWNER].close()


@pytest.mark.parametrize("line", ["", "5", "5:", ":5", "5: -1", "5: 1,5", "a: 1", "1.5: 2", "5: 1.1234567"])
def test_a_line_that_is_no_step_is_named(line: str) -> None:
    with pytest.raises(NotAStep, match="^" + line):
        read_steps(["0: 1", line])
