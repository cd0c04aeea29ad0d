"""Usage from a file: foretold row by row without writing, counted once, and never taken back."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from licences.models import User
from metering.models import EventKey, MeteredService, UncountedEvent, UsageDay, UsageEvent, UsageMonth
from metering.services.ingest import ingest
from notifications.jobs import KINDS
from notifications.models import Import, Job
from notifications.services import importing
from notifications.services.tracker import LeaseLost, claim, run_chunk
from tests.conftest import ClientOf
from tests.factories import (
    MeteredServiceFactory,
    SeatFactory,
    SystemEventFactory,
    TariffFactory,
    TenantFactory,
    UserFactory,
    scope_of,
)
from tests.notifications.imports import Wizard, counts, downloaded
from tests.notifications.jobs import let_lease_expire
from tests.notifications.reading.files import workbook
from tests.pages import element, named, table, text, tree

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
HEADINGS = "ID;Tjeneste;Tidspunkt;Antall;Kilde;Emne\n"
COLUMNS = {"field_id": "0", "field_service": "1", "field_time": "2", "field_quantity": "3", "field_source": "4"}


@pytest.fixture(autouse=True)
def now() -> Any:
    with time_machine.travel(NOW):
        yield


@pytest.fixture(autouse=True)
def emails(db: None) -> MeteredService:
    service = MeteredServiceFactory(code="emails", name="E-mails sent")
    TariffFactory(service=service)
    return service


@pytest.fixture
def usage(administrator: User, client_of: ClientOf) -> Wizard:
    """The administrator at the wizard, about to import usage."""
    return Wizard(administrator, client_of, kind="usage")


def rows(*lines: str) -> str:
    return HEADINGS + "".join(f"{line}\n" for line in lines)


def used(of: Wizard) -> Decimal | int:
    with scope_of(of.tenant):
        return sum(UsageMonth.objects.values_list("used", flat=True))


def test_from_the_file_to_what_is_counted(usage: Wizard) -> None:
    usage.upload(rows("a;E-mails sent;26.11.2026 12:30;1200;;Letter", "b;emails;2026-11-26T11:30:00Z;12,5;;"))
    assert usage.choose(**COLUMNS, field_subject="5").status_code == 302
    assert counts(usage.look()) == {
        "Will be counted": "2",
        "Counted before": "0",
        "ID taken by another": "0",
        "Will be refused": "0",
    }
    assert used(usage) == 0

    usage.do("run")

    assert counts(usage.look())["Counted"] == "2"
    assert (used(usage), usage.imported.message) == (Decimal("1212.5"), "2 counted.")
    with scope_of(usage.tenant):
        first, second = UsageEvent.objects.order_by("event_id")
    assert (first.time, first.subject, first.source) == (second.time, "Letter", "console:import")
    assert usage.imported.event.name == "Import of usage: users.csv"


def test_the_check_says_of_every_row_what_the_run_then_does(usage: Wizard) -> None:
    sent = b'{"id":"sent","source":"https://crm.example","type":"emails","time":"2026-11-20T11:00:00Z","data":{"quantity":7}}'
    with scope_of(usage.tenant):
        ingest(usage.tenant, [sent], source="https://crm.example")
    usage.upload(
        rows(
            "new;emails;2026-11-26 10:00;5;;",
            "new;emails;26.11.2026 10:00;5.0;;",
            "new;emails;2026-11-26 10:00;6;;",
            "sent;emails;2026-11-20T11:00:00Z;7;https://crm.example;",
            "sent;emails;2026-11-20T11:00:00Z;8;https://crm.example;",
            "sent;emails;2026-11-20T11:00:00Z;8;;",
            ";emails;2026-11-26 10:00;1;;",
            "x;sms;2026-11-26 10:00;1;;",
            "x;emails;2026-08-26 10:00;1;;",
            "x;emails;2026-11-26 23:00;1;;",
            "x;emails;yesterday;1;;",
            "x;emails;;1;;",
            'x;emails;2026-11-26 10:00;"1,234";;',
            "x;emails;2026-11-26 10:00;-1;;",
            f"x;emails;2026-11-26 10:00;1;{'s' * 201};",
            "x;emails;2026-11-26 10:00;2;;",
        )
    )
    usage.choose(**COLUMNS, field_subject="5")
    checked = usage.look()

    assert counts(checked) == {
        "Will be counted": "3",
        "Counted before": "2",
        "ID taken by another": "2",
        "Will be refused": "9",
    }
    told = faults(usage)
    assert [int(row[-2]) for row in told] == [4, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16]
    assert told[0][-1] == "Another event with this ID says something else; that one counts."
    assert told[3][-1] == "There is no metered service of this name or code."
    with scope_of(usage.tenant):
        assert (EventKey.objects.count(), UncountedEvent.objects.count(), used(usage)) == (1, 0, 7), (
            "nothing is written"
        )

    usage.do("run")

    assert counts(usage.look()) == {
        "Counted": "3",
        "Counted before": "2",
        "ID taken by another": "2",
        "Refused": "9",
    }
    assert faults(usage) == told
    assert used(usage) == 7 + 5 + 8 + 2
    with scope_of(usage.tenant):
        assert UncountedEvent.objects.count() > 0


def faults(of: Wizard) -> list[list[str]]:
    """The rows that do not count, as they are downloaded."""
    return downloaded(of.client.get(reverse("notifications:import_faults", args=[of.imported.pk])))[1:]


def test_repeats_are_foretold_however_far_apart_they_are(usage: Wizard) -> None:
    """A batch has 1,000 rows: neither line that repeats the first is in its batch, nor the one that it corrects."""
    filler = [f"n{number};emails;2026-11-26 10:00;1;;" for number in range(1_000)]
    first = ["a;emails;2026-11-26 10:00;1;;", "late;emails;2026-01-26 10:00;1;;"]
    again = ["a;emails;2026-11-26 10:00;1;;", "a;emails;2026-11-26 10:00;3;;", "late;emails;2026-11-26 10:00;1;;"]
    usage.upload(rows(*first, *filler, *again))
    usage.choose(**COLUMNS, field_subject="5")
    foretold = dict(usage.imported.counts)

    usage.do("run")

    assert foretold == {"accepted": 1_002, "duplicate": 1, "conflict": 1, "rejected": 1}
    assert usage.imported.counts == foretold
    assert used(usage) == 1_002


def test_what_is_imported_twice_counts_once(usage: Wizard) -> None:
    usage.upload(rows("a;emails;2026-11-26 10:00;5;;"))
    usage.choose(**COLUMNS, field_subject="5")
    usage.do("run")
    usage.upload(rows("a;emails;2026-11-26 10:00;5;;"))
    usage.choose(**COLUMNS, field_subject="5")

    assert (usage.imported.state, usage.imported.counts) == (Import.State.CHECKED, {"duplicate": 1})
    assert "There is nothing to import." in usage.look().content.decode()
    assert used(usage) == 5


def test_what_may_be_two_things_is_refused_and_the_row_says_so(usage: Wizard) -> None:
    usage.upload(
        rows(
            "a;emails;2026-11-26 10:00;1.250;;",
            "b;emails;2026-10-25 02:30;1;;",
            "c;emails;2026-10-25 02:30 +02:00;1;;",
            "d;emails;yesterday;1.250;;",
        )
    )
    usage.choose(**COLUMNS, field_subject="5")

    assert [row[-1] for row in faults(usage)] == [
        "The quantity may be thousands or have three decimals. Write 1250, or 1.25.",
        "The clock was put back and showed this time twice. Add the offset, such as +02:00.",
        "The time cannot be read. Write it like 2026-11-26 14:30.",
    ]
    assert table(usage.look(), "faults") == [
        ["2", "a", "1.250"],
        ["3", "b", "2026-10-25 02:30"],
        ["5", "d", "yesterday"],
    ]
    usage.do("run")
    assert used(usage) == 1


def test_a_file_that_tells_what_divides_decimals_may_have_three_of_them(usage: Wizard) -> None:
    usage.upload(rows("a;emails;2026-11-26 10:00;1.250;;", "b;emails;2026-11-26 10:00;2.5;;"))
    usage.choose(**COLUMNS, field_subject="5")

    usage.do("run")

    assert used(usage) == Decimal("3.75")


def test_a_workbook_is_counted_like_a_text(usage: Wizard) -> None:
    book = workbook([["ID", "Service", "Time", "Quantity"], ["a", "emails", datetime(2026, 11, 26, 9, 15), 3.5]])  # noqa: DTZ001
    usage.upload(book, "usage.xlsx")
    del (columns := dict(COLUMNS))["field_source"]
    usage.choose(**columns)
    usage.do("run")

    with scope_of(usage.tenant):
        event = UsageEvent.objects.get()
    assert (event.quantity, event.time) == (Decimal("3.5"), datetime(2026, 11, 26, 8, 15, tzinfo=UTC))


def test_what_is_counted_is_not_undone_and_the_page_says_why(usage: Wizard) -> None:
    usage.upload(rows("a;emails;2026-11-26 10:00;5;;"))
    usage.choose(**COLUMNS, field_subject="5")
    usage.do("run")

    assert 'id="undo"' not in usage.look().content.decode()
    page = usage.client.get(reverse("notifications:import_undo", args=[usage.imported.pk]))
    assert "Usage that is counted stays" in text(element(page, "main"))
    assert usage.do("undo").status_code == 302
    assert (usage.imported.state, used(usage)) == (Import.State.DONE, 5)
    with pytest.raises(importing.Stays), scope_of(usage.tenant):
        importing.start_undo(usage.imported, by=UserFactory(tenant=usage.tenant))


def test_the_first_step_asks_what_is_in_the_file(usage: Wizard) -> None:
    address = reverse("notifications:import_new")

    users, of_usage = (text(element(usage.client.get(address + query), "main")) for query in ("", "?kind=usage"))

    assert "What is in the file?" in users
    assert ("One row for each user" in users, "One row for each event" in of_usage) == (True, True)


def test_usage_that_is_uploaded_as_users_is_shown_the_way_and_users_are_not(
    administrator: User, client_of: ClientOf
) -> None:
    users = Wizard(administrator, client_of)
    users.upload(rows("a;emails;2026-11-26 10:00;5;;"))
    of_usage = element(users.look(), "panel")
    users.upload()

    assert "These headings look like usage." in text(of_usage)
    assert f"{reverse('notifications:import_new')}?kind=usage" in [
        dict(link.attributes).get("href") for link in named(of_usage, "a")
    ]
    assert "These headings look like" not in text(element(users.look(), "panel"))


def test_the_example_can_be_imported_as_it_is(usage: Wizard) -> None:
    for code in ("mailing-emails", "chat-sessions"):
        TariffFactory(service=MeteredServiceFactory(code=code, name=code))
    sample = usage.client.get(reverse("notifications:import_sample") + "?kind=usage")

    usage.upload(b"".join(sample.streaming_content))
    usage.choose(**COLUMNS, field_subject="5")

    assert usage.imported.counts == {"accepted": 2}


def test_the_file_is_one_of_usage_in_its_heading_and_in_the_main_menu(usage: Wizard) -> None:
    before = usage.client.get(reverse("notifications:import_new") + "?kind=usage")
    usage.upload(rows("a;emails;2026-11-26 10:00;5;;"), "august.csv")
    after = usage.look()
    of_users = usage.client.get(reverse("notifications:import_new"))

    assert [section(page) for page in (before, after, of_users)] == ["Metered services", "Metered services", "Users"]
    assert "Import usage · august.csv" in [text(each) for each in named(element(after, "panel"), "h1")]


def section(page: Any) -> str:
    """Where the main menu says that one is."""
    (menu,) = [each for each in named(tree(page), "nav") if ("class", "mainnav") in each.attributes]
    (current,) = [link for link in named(menu, "a") if ("aria-current", "true") in link.attributes]
    return text(current)


def test_on_suite_there_is_no_usage_to_import(client_of: ClientOf) -> None:
    tenant = TenantFactory(suite=True)
    user = UserFactory(tenant=tenant, administrator=True)
    SeatFactory(user=user, licence__type=tenant.suite_plan.seat_licence)
    suite = Wizard(user, client_of, kind="usage")

    page = suite.client.get(reverse("notifications:import_new") + "?kind=usage")

    assert "What is in the file?" not in text(element(page, "main"))
    assert suite.upload().kind == "users"


def test_usage_waits_for_no_import_of_users(usage: Wizard) -> None:
    usage.upload(rows("a;emails;2026-11-26 10:00;5;;"))
    usage.choose(**COLUMNS, field_subject="5")
    SystemEventFactory(tenant=usage.tenant, key="ImportUsers")

    usage.do("run")

    assert usage.imported.counts == {"accepted": 1}
    with scope_of(usage.tenant):
        assert Job.objects.filter(kind="usage_import_run").count() == 1
        assert UsageDay.objects.get().events == 1


def test_what_dies_in_the_middle_is_gone_on_with_and_nothing_is_lost_or_doubled(usage: Wizard) -> None:
    usage.upload(rows(*(f"n{number};emails;2026-11-26 10:00;1;;" for number in range(1_500))))
    usage.choose(**COLUMNS, field_subject="5")
    with scope_of(usage.tenant):
        job = Job.objects.get(event=importing.start_import(usage.imported, by=UserFactory(tenant=usage.tenant)))
    first = claim(job.tenant_id, job.pk)
    assert first is not None
    assert run_chunk(first, KINDS[job.kind]())
    let_lease_expire(job)
    second = claim(job.tenant_id, job.pk)
    assert second is not None

    with pytest.raises(LeaseLost):
        run_chunk(first, KINDS[job.kind]())
    while run_chunk(second, KINDS[job.kind]()):
        pass

    assert (usage.imported.state, usage.imported.counts) == (Import.State.DONE, {"accepted": 1_500})
    assert used(usage) == 1_500
