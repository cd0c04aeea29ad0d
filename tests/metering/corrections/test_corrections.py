"""Corrections: events taken out of the count and adjustments, before an invoice and after it."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
import time_machine

from config.tenancy.scopes import support_scope
from licences.models import Tenant, User
from metering.events import key_of
from metering.models import Correction, EventKey, Invoice, InvoiceLine, MeteredService, UsageAlert, UsageMonth
from metering.periods import Month
from metering.reports.previews.correction import MonthEffect, preview
from metering.services.closing import close
from metering.services.corrections import (
    AlreadyVoided,
    EventDropped,
    NoQuantity,
    NoReason,
    NoSuchMonth,
    UnknownEvent,
    adjust,
    void_event,
)
from tests.factories import EventKeyFactory, SuitePlanFactory, TariffFactory, behind_the_policies, scope_of
from tests.metering.sending import SOURCE, event, send
from tests.proof import PROOF

OCTOBER = date(2026, 10, 1)
NOVEMBER = date(2026, 11, 1)
MID_OCTOBER = datetime(2026, 10, 15, 12, tzinfo=UTC)
NOVEMBER_FIFTH = datetime(2026, 11, 5, 12, tzinfo=UTC)
DECEMBER_FIFTH = datetime(2026, 12, 5, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _in_october() -> Iterator[None]:
    with time_machine.travel(MID_OCTOBER, tick=False):
        yield


def key(event_id: str) -> UUID:
    return UUID(key_of(SOURCE, event_id))


def void(tenant: Tenant, event_id: str, by: User, reason: str = "A test mailing") -> Correction:
    with support_scope("a test corrects"):
        return void_event(tenant, key=key(event_id), reason=reason, by=by)


def add(tenant: Tenant, service: MeteredService, quantity: str, by: User, month: date = OCTOBER) -> Correction:
    with support_scope("a test corrects"):
        return adjust(tenant, service=service, month=month, quantity=Decimal(quantity), reason="Agreed", by=by)


def used(tenant: Tenant, month: date = OCTOBER) -> Decimal:
    with scope_of(tenant):
        return UsageMonth.objects.get(month=month).used


def draw(tenant: Tenant, month: date, now: datetime) -> Invoice:
    with time_machine.travel(now, tick=False), scope_of(tenant):
        (invoice,) = close([tenant], Month(month)).invoices
    return invoice


def test_an_event_that_is_taken_out_counts_no_more_and_stays(
    metered: Tenant, emails: MeteredService, support: User
) -> None:
    send(metered, [event("a", time=MID_OCTOBER, quantity=100), event("b", time=MID_OCTOBER, quantity="20.5")])

    correction = void(metered, "b", support)

    assert used(metered) == 100
    assert (correction.quantity, correction.day, correction.edition) == (Decimal("20.5"), MID_OCTOBER.date(), 0)
    assert (correction.event_id, correction.by_name, correction.at) == ("b", support.login_id, MID_OCTOBER)
    with scope_of(metered):
        assert UsageMonth.objects.get().total == Decimal("120.5")


def test_what_comes_after_an_adjustment_is_added_to_it(metered: Tenant, emails: MeteredService, support: User) -> None:
    send(metered, [event("a", time=MID_OCTOBER, quantity=100)])

    add(metered, emails, "-30.25", support)
    send(metered, [event("b", time=MID_OCTOBER, quantity=5)])

    assert used(metered) == Decimal("74.75")


class TestRefusals:
    def test_an_event_is_taken_out_once(self, metered: Tenant, emails: MeteredService, support: User) -> None:
        send(metered, [event("a", time=MID_OCTOBER, quantity=100)])
        void(metered, "a", support)

        with pytest.raises(AlreadyVoided):
            void(metered, "a", support)

        assert used(metered) == 0

    def test_what_was_never_counted_cannot_be_taken_out(self, metered: Tenant, support: User) -> None:
        with pytest.raises(UnknownEvent):
            void(metered, "never", support)

    def test_another_tenants_event_cannot_be_taken_out(
        self, metered: Tenant, emails: MeteredService, support: User, outsider: User
    ) -> None:
        send(metered, [event("a", time=MID_OCTOBER)])

        with pytest.raises(UnknownEvent):
            void(outsider.tenant, "a", support)

    def test_an_event_that_is_not_kept_any_more_cannot_be_taken_out(
        self, metered: Tenant, emails: MeteredService, support: User
    ) -> None:
        EventKeyFactory(tenant=metered, key=key("old"), service=emails)

        with pytest.raises(EventDropped):
            void(metered, "old", support)

    def test_a_reason_is_asked_for(self, metered: Tenant, emails: MeteredService, support: User) -> None:
        send(metered, [event("a", time=MID_OCTOBER)])

        with pytest.raises(NoReason):
            void(metered, "a", support, reason="  ")

    def test_a_month_that_is_not_there_is_not_adjusted(
        self, metered: Tenant, emails: MeteredService, support: User
    ) -> None:
        with pytest.raises(NoSuchMonth):
            add(metered, emails, "1", support)

    @pytest.mark.parametrize("quantity", ["0", "0.0000001", "1000000000001", "-1000000000001"])
    def test_a_number_that_means_nothing_is_refused(
        self, quantity: str, metered: Tenant, emails: MeteredService, support: User
    ) -> None:
        send(metered, [event("a", time=MID_OCTOBER)])

        with pytest.raises(NoQuantity):
            add(metered, emails, quantity, support)

    def test_a_tenant_cannot_correct_itself(self, metered: Tenant, emails: MeteredService, support: User) -> None:
        send(metered, [event("a", time=MID_OCTOBER)])

        with pytest.raises(Exception, match="permission denied"), scope_of(metered):
            void_event(metered, key=key("a"), reason="Mine", by=support)


class TestAfterTheInvoice:
    def test_the_next_invoice_has_a_credit(self, metered: Tenant, emails: MeteredService, support: User) -> None:
        send(metered, [event("a", time=MID_OCTOBER, quantity=620), event("b", time=MID_OCTOBER, quantity=80)])
        assert draw(metered, OCTOBER, NOVEMBER_FIFTH).total_minor == 500
        with time_machine.travel(NOVEMBER_FIFTH, tick=False):
            void(metered, "a", support)
            send(metered, [event("c", time=NOVEMBER_FIFTH, quantity=1)])

        invoice = draw(metered, NOVEMBER, DECEMBER_FIFTH)

        with scope_of(metered):
            late = InvoiceLine.objects.get(invoice=invoice, kind="late")
        assert invoice.total_minor == -500
        assert (late.month, late.used, late.overage, late.blocks) == (OCTOBER, -620, -200, -2)
        assert late.events == 0
        assert [each["event"] for each in late.derivation["corrections"]] == ["a"]

    def test_an_adjustment_upwards_is_a_debit(self, metered: Tenant, emails: MeteredService, support: User) -> None:
        send(metered, [event("a", time=MID_OCTOBER, quantity=500)])
        draw(metered, OCTOBER, NOVEMBER_FIFTH)
        with time_machine.travel(NOVEMBER_FIFTH, tick=False):
            add(metered, emails, "100.5", support)
            send(metered, [event("c", time=NOVEMBER_FIFTH, quantity=1)])

        assert draw(metered, NOVEMBER, DECEMBER_FIFTH).total_minor == 500

    def test_less_than_nothing_is_billed_as_nothing(
        self, metered: Tenant, emails: MeteredService, support: User
    ) -> None:
        send(metered, [event("a", time=MID_OCTOBER, quantity=10)])

        add(metered, emails, "-50", support)

        assert draw(metered, OCTOBER, NOVEMBER_FIFTH).total_minor == 0
        assert used(metered) == -40


def test_an_alert_that_was_given_stays_and_one_that_is_come_to_is_given(
    metered: Tenant, emails: MeteredService, support: User
) -> None:
    send(metered, [event("a", time=MID_OCTOBER, quantity=260)])
    void(metered, "a", support)
    with scope_of(metered):
        assert set(UsageAlert.objects.values_list("threshold", flat=True)) == {50}

    add(metered, emails, "500", support)

    with scope_of(metered):
        assert set(UsageAlert.objects.values_list("threshold", flat=True)) == {50, 85, 100}


class TestGauges:
    def test_the_peak_is_the_highest_that_is_left(
        self, metered: Tenant, storage: MeteredService, support: User
    ) -> None:
        send(metered, [measured("a", 7, hour=1), measured("b", 900, hour=2), measured("c", 5, hour=3)])

        void(metered, "b", support)
        send(metered, [measured("d", 8, hour=2)])

        with scope_of(metered):
            month = UsageMonth.objects.get()
        assert (month.used, month.last_quantity, month.last_id) == (8, 5, "c")

    def test_without_its_only_value_a_month_shows_nothing(
        self, metered: Tenant, storage: MeteredService, support: User
    ) -> None:
        send(metered, [measured("a", 7)])

        void(metered, "a", support)

        with scope_of(metered):
            month = UsageMonth.objects.get()
        assert (month.used, month.last_quantity, month.last_time) == (0, None, None)

    @pytest.mark.parametrize("others", [0, 1])
    def test_what_was_carried_into_later_months_follows(
        self, others: int, metered: Tenant, storage: MeteredService, support: User
    ) -> None:
        send(metered, [*[measured("a", 12, hour=1)][:others], measured("b", 900, hour=2)])
        with time_machine.travel(NOVEMBER_FIFTH, tick=False):
            draw(metered, OCTOBER, NOVEMBER_FIFTH)
            send(metered, [event("c", "storage", time=NOVEMBER_FIFTH, quantity=3)])
            assert used(metered, NOVEMBER) == 900

            void(metered, "b", support)

            assert used(metered, NOVEMBER) == (12 if others else 3)
            with scope_of(metered):
                assert UsageMonth.objects.get(month=OCTOBER).has_late

    def test_what_is_left_out_may_raise_the_last_value(self, metered: Tenant, support: User) -> None:
        service = TariffFactory(service__code="space", service__kind="gauge", rated_by="last").service
        send(metered, [event("a", "space", time=MID_OCTOBER, quantity=600)])
        with time_machine.travel(MID_OCTOBER + timedelta(hours=2), tick=False):
            send(metered, [event("b", "space", time=MID_OCTOBER + timedelta(hours=1), quantity=2)])

            void(metered, "b", support)

        assert used(metered) == 600
        assert service.kind == MeteredService.Kind.GAUGE


def measured(event_id: str, quantity: int, *, hour: int = 0) -> dict[str, object]:
    return event(event_id, "storage", time=MID_OCTOBER - timedelta(hours=10 - hour), quantity=quantity)


class TestPreview:
    def test_it_says_what_will_be_and_changes_nothing(
        self, metered: Tenant, emails: MeteredService, support: User
    ) -> None:
        send(metered, [event("a", time=MID_OCTOBER, quantity=620)])

        (effect,) = look(metered, key=key("a"), by=support)

        assert (effect.before.used, effect.after.used) == (620, 0)
        assert (effect.before.overage, effect.after.overage) == (120, 0)
        assert (effect.difference_minor, effect.invoice, effect.is_late) == (-500, Month(OCTOBER), False)
        assert used(metered) == 620
        with scope_of(metered):
            assert not Correction.objects.exists()

    def test_after_an_invoice_it_names_the_next(self, metered: Tenant, emails: MeteredService, support: User) -> None:
        send(metered, [event("a", time=MID_OCTOBER, quantity=620)])
        draw(metered, OCTOBER, NOVEMBER_FIFTH)
        with time_machine.travel(NOVEMBER_FIFTH, tick=False):
            (effect,) = look(metered, key=key("a"), by=support)

        assert (effect.invoice, effect.is_late) == (Month(NOVEMBER), True)

    def test_on_suite_no_invoice_is_to_come(self, metered: Tenant, emails: MeteredService, support: User) -> None:
        send(metered, [event("a", time=MID_OCTOBER, quantity=620)])
        draw(metered, OCTOBER, NOVEMBER_FIFTH)
        with behind_the_policies():
            UsageMonth.objects.filter(month__gt=OCTOBER).delete()
            Tenant.objects.filter(pk=metered.pk).update(subscription="crm_suite", suite_plan=SuitePlanFactory())
        with time_machine.travel(NOVEMBER_FIFTH, tick=False):
            (effect,) = look(metered, key=key("a"), by=support)

        assert (effect.difference_minor, effect.invoice, effect.is_late) == (-500, None, True)

    def test_of_a_gauge_it_shows_later_months_too(
        self, metered: Tenant, storage: MeteredService, support: User
    ) -> None:
        send(metered, [measured("a", 900)])
        with time_machine.travel(NOVEMBER_FIFTH, tick=False):
            send(metered, [event("c", "storage", time=NOVEMBER_FIFTH, quantity=3)])

            effects = look(metered, key=key("a"), by=support)

        assert [(each.row.month, each.before.used, each.after.used) for each in effects] == [
            (OCTOBER, 900, 0),
            (NOVEMBER, 900, 3),
        ]

    def test_it_raises_what_the_correction_would(self, metered: Tenant, support: User) -> None:
        with pytest.raises(UnknownEvent):
            look(metered, key=uuid4(), by=support)


def look(tenant: Tenant, **said: object) -> list[MonthEffect]:
    with support_scope("a test looks ahead"):
        return preview(tenant, void_event, reason="A look", **said)


@pytest.mark.parametrize("seed", range(30 if PROOF else 4))
def test_in_any_order_a_month_is_its_events_without_what_was_taken_out_and_with_what_was_adjusted(
    seed: int, metered: Tenant, emails: MeteredService, storage: MeteredService, support: User
) -> None:
    chance = random.Random(seed)
    kept: dict[str, dict[str, Decimal]] = {"emails": {}, "storage": {}}
    moments: dict[str, datetime] = {}
    adjusted = Decimal(0)
    for number in range(30):
        what = chance.choice(["emails", "storage", "void", "adjust"])
        if what in kept:
            quantity = Decimal(chance.randrange(1, 10**8)).scaleb(-chance.randrange(7))
            moments[f"{what}{number}"] = MID_OCTOBER - timedelta(minutes=chance.randrange(20_000))
            send(metered, [event(f"{what}{number}", what, time=moments[f"{what}{number}"], quantity=quantity)])
            kept[what][f"{what}{number}"] = quantity
        elif what == "void" and (of := chance.choice(list(kept.values()))):
            void(metered, gone := chance.choice(list(of)), support)
            del of[gone]
        elif what == "adjust" and kept["emails"]:
            adjusted += (by := Decimal(chance.randrange(-(10**6), 10**6) or 1).scaleb(-3))
            add(metered, emails, str(by), support)

    with scope_of(metered):
        months = {each.service.code: each for each in UsageMonth.objects.select_related("service")}
    if "emails" in months:
        assert months["emails"].used == sum(kept["emails"].values()) + adjusted
    if "storage" in months:
        gauge = kept["storage"]
        newest = max(gauge, key=lambda each: (moments[each], each), default=None)
        assert months["storage"].used == max(gauge.values(), default=0)
        assert months["storage"].last_id == newest
        assert months["storage"].last_quantity == (gauge[newest] if newest else None)


def test_the_key_of_an_event_is_where_the_service_looks_for_it(metered: Tenant, emails: MeteredService) -> None:
    send(metered, [event("a", time=MID_OCTOBER)])

    with scope_of(metered):
        assert EventKey.objects.get().key == key("a")
