"""Lists of usage in Django admin: what they are narrowed to, and which index finds it among many rows."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from config.tenancy.scopes import support_scope
from licences.models import Tenant, User
from metering.models import MeteredService, Tariff, UncountedEvent
from metering.reports.previews.tariff import last_full_month, tariff_preview
from metering.services.differences import compare_days
from tests.conftest import ClientOf
from tests.factories import (
    TenantFactory,
    UncountedEventFactory,
    UsageAlertFactory,
    UsageDayFactory,
    UsageDifferenceFactory,
    UsageMonthFactory,
    behind_the_policies,
)
from tests.metering.admin.plans import plan_of
from tests.proof import PROOF

MANY = 200_000 if PROOF else 20_000
UNCOUNTED = "admin:metering_uncountedevent_changelist"

REFUSED = """
INSERT INTO metering_uncountedevent
    (tenant_id, key, kind, reason, source, event_id, service_code, "time", quantity, first_at, last_at, times)
SELECT CASE WHEN n < %(many)s / 100 THEN %(early)s ELSE %(other)s END, gen_random_uuid(), 'rejected',
    CASE WHEN n %% 2000 = 0 THEN 'not-metered' ELSE 'event-too-old' END, '', 'mail-' || n, '', '', '', now(), now(), 1
FROM generate_series(1, %(many)s) n
"""
# Rows are as wide as may be: what counts for a plan is how many pages there are.
DAYS = """
INSERT INTO metering_usageday (tenant_id, service_id, day, source, quantity, edition, events, digest)
SELECT tenant.id, %(service)s, current_date - n, repeat('x', 200), 1, 0, 1, ''
FROM licences_tenant tenant, generate_series(0, %(many)s / %(tenants)s) n ORDER BY n DESC
"""
REPEATS = (
    "INSERT INTO metering_repeatday (tenant_id, service_id, day, source, times) "
    "SELECT tenant_id, service_id, day, source, 1 FROM metering_usageday ORDER BY id"
)
TOTALS = (
    "INSERT INTO metering_producertotal (tenant_id, service_id, day, source, quantity, reported_at) "
    "SELECT tenant_id, service_id, day, source, 1, now() FROM metering_usageday ORDER BY id"
)
MONTHS = """
INSERT INTO metering_usagemonth
    (tenant_id, service_id, month, rated_by, users, total, last_id, events, adjusted, edition, has_late)
SELECT tenant.id, %(service)s, (%(month)s::date - n * interval '1 month')::date, 'total', 0, 1, repeat('x', 200),
    1, 0, 0, false
FROM licences_tenant tenant, generate_series(0, %(many)s / %(tenants)s) n ORDER BY n DESC
"""


@pytest.fixture
def support_client(client_of: ClientOf, support: User) -> Client:
    return client_of(support)


def fill(sql: str, table: str, **values: object) -> None:
    with behind_the_policies(), connection.cursor() as cursor:
        cursor.execute(sql, {"many": MANY, **values})
        cursor.execute(f"ANALYZE {table}")


def indexes(captured: CaptureQueriesContext, model: str) -> set[str]:
    """By which the rows were found."""
    asked = [query["sql"] for query in captured if f"FROM metering_{model}" in query["sql"].replace('"', "")]
    names = {node.get("Index Name", "") for sql in asked for node in plan_of(sql)}
    return {name for name in names if model in name}


def test_what_was_not_counted_is_narrowed_to_a_reason_by_its_words(support_client: Client, metered: Tenant) -> None:
    late = UncountedEventFactory(tenant=metered, reason="event-too-old")
    UncountedEventFactory(tenant=metered, reason="unknown-service")

    page = support_client.get(reverse(UNCOUNTED), {"reason": "event-too-old"})

    assert list(page.context["cl"].result_list) == [late]
    choices = page.context["cl"].filter_specs[0].choices(page.context["cl"])
    assert [choice["display"] for choice in choices if choice["selected"]] == [
        "It came too late: its time is more than 35 days ago."
    ]


@pytest.mark.parametrize("value", ["made-up", "'"])
def test_a_reason_that_there_is_not_narrows_nothing(value: str, support_client: Client, metered: Tenant) -> None:
    event = UncountedEventFactory(tenant=metered)

    page = support_client.get(reverse(UNCOUNTED), {"reason": value})

    assert list(page.context["cl"].result_list) == [event]


def test_what_was_not_counted_is_found_by_whole_values(support_client: Client, metered: Tenant) -> None:
    event = UncountedEventFactory(tenant=metered, event_id="a-17")
    other = UncountedEventFactory(tenant=TenantFactory(), event_id="b-17")

    def found(text: str) -> list[UncountedEvent]:
        return list(support_client.get(reverse(UNCOUNTED), {"q": text}).context["cl"].result_list)

    assert found("a-17") == [event]
    assert found(f" {other.tenant.serial_number} ") == [other]
    assert found("17") == []


def test_alerts_are_narrowed_to_a_threshold(support_client: Client, metered: Tenant, emails: MeteredService) -> None:
    half, _double = (UsageAlertFactory(tenant=metered, service=emails, threshold=percent) for percent in (50, 200))

    page = support_client.get(reverse("admin:metering_usagealert_changelist"), {"threshold": "50"})

    assert list(page.context["cl"].result_list) == [half]


def test_a_row_says_in_words_what_is_late(support_client: Client, metered: Tenant, emails: MeteredService) -> None:
    UsageDayFactory(tenant=metered, service=emails, edition=0)
    UsageDayFactory(tenant=metered, service=emails, edition=2)
    UsageMonthFactory(tenant=metered, service=emails, edition=1, has_late=True)

    days = support_client.get(reverse("admin:metering_usageday_changelist"))
    months = support_client.get(reverse("admin:metering_usagemonth_changelist"))

    assert [days.text.count(f">{word}</td>") for word in ("own month", "late")] == [1, 1]
    assert ">late</td>" in months.text


def test_a_list_without_differences_says_that_all_is_well(
    support_client: Client, metered: Tenant, emails: MeteredService
) -> None:
    address, well = reverse("admin:metering_usagedifference_changelist"), "Every stored day is what its events say."
    assert well in support_client.get(address).text

    assert well not in support_client.get(address, {"tenant__id__exact": metered.pk}).text
    UsageDifferenceFactory(tenant=metered, service=emails)
    assert well not in support_client.get(address).text


def test_the_refused_of_a_quiet_tenant_and_those_of_a_rare_reason_are_found_by_an_index(
    support_client: Client, metered: Tenant
) -> None:
    fill(REFUSED, "metering_uncountedevent", early=metered.pk, other=TenantFactory().pk)

    for query, index in (
        ({"tenant__id__exact": metered.pk}, "uncountedevent_of_tenant"),
        ({"reason": "not-metered"}, "uncountedevent_of_reason"),
        ({"q": "mail-7"}, "uncountedevent_by_id"),
    ):
        with CaptureQueriesContext(connection) as captured:
            assert support_client.get(reverse(UNCOUNTED), query).context["cl"].result_count > 0
        assert indexes(captured, "uncountedevent") == {index}


@pytest.fixture
def tenants(db: None) -> list[Tenant]:
    return TenantFactory.create_batch(300)


def test_the_days_of_a_tenant_are_found_by_an_index(
    support_client: Client, tenants: list[Tenant], emails: MeteredService
) -> None:
    fill(DAYS, "metering_usageday, licences_tenant", tenants=len(tenants), service=emails.pk)
    fill(REPEATS, "metering_repeatday")
    fill(TOTALS, "metering_producertotal")

    for model in ("usageday", "repeatday", "producertotal"):
        with CaptureQueriesContext(connection) as captured:
            address = reverse(f"admin:metering_{model}_changelist")
            assert support_client.get(address, {"tenant__id__exact": tenants[0].pk}).context["cl"].result_count > 0
        assert indexes(captured, model) == {f"{model}_of_tenant"}


def test_the_nightly_comparison_finds_the_last_days_by_an_index(tenants: list[Tenant], emails: MeteredService) -> None:
    fill(DAYS, "metering_usageday, licences_tenant", tenants=len(tenants), service=emails.pk)

    with CaptureQueriesContext(connection) as captured:
        compare_days()

    assert "usageday_by_day" in indexes(captured, "usageday")


def test_what_a_tariff_would_have_cost_finds_the_month_by_an_index(
    tenants: list[Tenant], emails: MeteredService
) -> None:
    month = last_full_month(timezone.now()).first
    # Of so few tenants more months would be found one tenant after the other, and that is right.
    months = {"many": 20_000, "tenants": len(tenants), "service": emails.pk, "month": month}
    fill(MONTHS, "metering_usagemonth, licences_tenant", **months)

    with CaptureQueriesContext(connection) as captured, support_scope("a test looks ahead"):
        assert tariff_preview(Tariff.objects.select_related("service").get()).tenants == len(tenants)

    assert "usagemonth_by_month" in indexes(captured, "usagemonth")
