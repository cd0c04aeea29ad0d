"""The import wizard from the upload to the result, as an administrator meets it."""

import csv
import io
from datetime import timedelta

import pytest
import time_machine
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from licences.models import User
from notifications.models import Import
from notifications.reading.limits import MOST_BYTES
from notifications.services.forgetting import forget_files
from tests.conftest import ClientOf
from tests.factories import SystemEventFactory, scope_of
from tests.notifications.imports import USERS, Wizard, kept, last_import, upload
from tests.notifications.reading.files import workbook
from tests.pages import element, named, table, text

pytestmark = pytest.mark.django_db

FAULTY = USERS + 'bad id~,Nobody,x@nordlys.example\n=evil,"=cmd()",not an address\nask,Ask again,ask@nordlys.example\n'


@pytest.fixture
def wizard(administrator: User, client_of: ClientOf) -> Wizard:
    return Wizard(administrator, client_of)


def counts(response: HttpResponse) -> dict[str, str]:
    parts = next(iter(named(element(response, "panel"), "dl")))
    return dict(zip((text(dt) for dt in named(parts, "dt")), (text(dd) for dd in named(parts, "dd")), strict=True))


def step(response: HttpResponse) -> str:
    (current,) = [li for li in named(element(response, "panel"), "li") if ("aria-current", "step") in li.attributes]
    return text(current).removesuffix(" (done)").split()[-1]


def downloaded(response: HttpResponse) -> list[list[str]]:
    return list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))


def test_from_the_upload_to_the_result(wizard: Wizard) -> None:
    imported = wizard.upload(FAULTY)
    assert (imported.state, imported.rows, imported.columns) == ("read", 5, ["User ID", "Full name", "E-mail"])
    assert step(wizard.look()) == "Columns"

    wizard.choose()
    checked = wizard.look()
    assert step(checked) == "Check"
    assert counts(checked) == {
        "Will be added": "2",
        "Will be changed": "0",
        "Already as in the file": "0",
        "Will be skipped": "0",
        "With faults": "3",
    }
    assert [row[:2] for row in table(checked, "faults")] == [["4", "bad id~"], ["5", "=evil"], ["6", "ask"]]
    assert table(checked, "faults")[2][2] == "The same user is on line 2 already."

    wizard.do("run")
    result = wizard.look()
    assert step(result) == "Result"
    assert counts(result)["Added"] == "2"
    with scope_of(wizard.tenant):
        assert User.objects.filter(login_id__in=["ask", "liv"]).count() == 2


def test_the_error_file_has_the_rows_as_they_are_with_what_is_wrong_and_no_formula(wizard: Wizard) -> None:
    wizard.upload(FAULTY)
    wizard.choose()

    rows = downloaded(wizard.client.get(reverse("notifications:import_faults", args=[wizard.imported.pk])))

    assert rows[0] == ["User ID", "Full name", "E-mail", "Line", "What is wrong"]
    assert [(row[0], row[1], row[3]) for row in rows[1:]] == [
        ("bad id~", "Nobody", "4"),
        ("'=evil", "'=cmd()", "5"),
        ("ask", "Ask again", "6"),
    ]
    assert all(row[4] for row in rows)


def test_a_workbook_is_imported_like_a_text(wizard: Wizard) -> None:
    wizard.upload(workbook([["User ID", "Full name", "E-mail"], ["ask", "Ask Berg", "ask@nordlys.example"]]), "u.xlsx")
    wizard.choose()
    wizard.do("run")

    assert counts(wizard.look())["Added"] == "1"


def test_columns_are_suggested_and_remembered_for_the_next_file_with_the_same_headings(wizard: Wizard) -> None:
    text_ = "Login;Navn;E-post;Telefon\nask;Ask;ask@nordlys.example;1\n"
    wizard.upload(text_)
    first = chosen(wizard.look())
    wizard.choose(field_full_name="1", field_group="3", duplicates="replace")
    wizard.upload(text_)

    again = wizard.look()

    assert (first["field_user_id"], first["field_full_name"], first["field_email"]) == ("0", "1", "2")
    assert (chosen(again)["field_group"], chosen(again)["duplicates"]) == ("3", "replace")
    assert "As the last time you imported a file with these headings." in again.content.decode()


def chosen(response: HttpResponse) -> dict[str, str]:
    """What stands in the form, by the names of its fields."""
    found = {}
    for select in named(element(response, "columns"), "select"):
        options = [dict(option.attributes) for option in named(select, "option")]
        found[dict(select.attributes)["name"]] = next((each["value"] for each in options if "selected" in each), "")
    for box in named(element(response, "columns"), "input"):
        attributes = dict(box.attributes)
        if "checked" in attributes:
            found[attributes["name"]] = attributes["value"]
    return found


def test_what_is_missing_among_the_columns_is_said_and_what_was_chosen_stays(wizard: Wizard) -> None:
    wizard.upload()

    response = wizard.choose(field_user_id="", field_group="1")

    assert response.status_code == 422
    assert "Choose a column for: User ID." in response.content.decode() or "A column can fill one field only." in (
        response.content.decode()
    )
    assert chosen(response)["field_group"] == "1"
    assert wizard.imported.state == Import.State.READ


def test_columns_can_be_changed_after_the_check(wizard: Wizard) -> None:
    wizard.upload()
    wizard.choose()

    assert step(wizard.look("?columns")) == "Columns"

    wizard.choose(duplicates="add")
    assert (wizard.imported.state, wizard.imported.duplicates) == ("checked", "add")


def test_a_column_that_nothing_is_filled_from_is_named(wizard: Wizard) -> None:
    wizard.upload("User ID;Full name;Shoe size\nask;Ask Dahl;43\n")
    assert "Not chosen, so not imported: Shoe size" in text(element(wizard.look(), "columns"))

    wizard.upload()
    assert "so not imported" not in text(element(wizard.look(), "columns"))


def test_an_import_can_be_undone_for_24_hours(wizard: Wizard) -> None:
    wizard.upload()
    wizard.choose()
    wizard.do("run")
    asks = wizard.client.get(reverse("notifications:import_undo", args=[wizard.imported.pk]))
    assert "added 2 users and changed 0" in " ".join(text(element(asks, "main")).split())

    wizard.do("undo")

    assert counts(wizard.look())["Removed again"] == "2"
    assert wizard.client.get(reverse("notifications:import_undo", args=[wizard.imported.pk])).status_code == 200
    assert wizard.do("undo").status_code == 302
    assert wizard.imported.state == Import.State.UNDONE


def test_after_a_day_the_file_is_gone_and_its_counts_are_not(wizard: Wizard) -> None:
    wizard.upload(FAULTY)
    wizard.choose()
    wizard.do("run")
    forget_files()
    assert kept(wizard.imported) == (1, 1)

    with time_machine.travel(timezone.now() + timedelta(hours=25), tick=False):
        forget_files()

    assert kept(wizard.imported) == (0, 0)
    assert counts(wizard.look())["Added"] == "2"
    assert "The file and its rows are deleted; these numbers stay." in wizard.look().content.decode()


def test_what_never_ran_is_forgotten_a_day_after_its_upload(wizard: Wizard) -> None:
    wizard.upload()

    with time_machine.travel(timezone.now() + timedelta(hours=25), tick=False):
        forget_files()

    assert kept(wizard.imported) == (0, 0)
    assert "This file is not kept any more" in wizard.look().content.decode()


def test_a_file_can_be_discarded_by_hand(wizard: Wizard) -> None:
    wizard.upload()

    wizard.do("discard")

    assert kept(wizard.imported) == (0, 0)
    assert "Discarded" in wizard.client.get(reverse("notifications:imports")).content.decode()


def test_what_can_be_undone_is_not_discarded(wizard: Wizard) -> None:
    wizard.upload()
    wizard.choose()
    wizard.do("run")

    wizard.do("discard")

    assert kept(wizard.imported) == (1, 1)


def test_a_second_file_waits_for_the_first_to_be_read(wizard: Wizard) -> None:
    upload(wizard.client)

    second = upload(wizard.client)

    assert second.status_code == 422
    assert "Your last file is still being read." in second.content.decode()
    with scope_of(wizard.tenant):
        assert Import.objects.count() == 1


def test_an_import_waits_for_another_one_kindly(wizard: Wizard) -> None:
    wizard.upload()
    wizard.choose()
    SystemEventFactory(tenant=wizard.tenant, key="ImportUsers")

    wizard.do("run")

    assert wizard.imported.state == Import.State.CHECKED
    assert "Another import is running or being undone." in wizard.look().content.decode()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "The file is empty."),
        (b"\x1f\x8b" + bytes(100), "This file is packed (gzip)."),
        (b"%PDF-1.7", "This is a PDF document."),
    ],
)
def test_what_is_clearly_no_table_is_refused_at_once(data: bytes, said: str, wizard: Wizard) -> None:
    response = upload(wizard.client, data)

    assert response.status_code == 422
    assert said in response.content.decode()
    with scope_of(wizard.tenant):
        assert Import.objects.count() == 0


def test_without_a_file_and_in_the_wrong_form_one_is_asked_for(wizard: Wizard) -> None:
    address = reverse("notifications:import_new")
    answers = [
        wizard.client.post(address, {}),
        wizard.client.post(address, {"file": "users.csv"}),
        wizard.client.post(address, USERS, content_type="text/csv"),
        wizard.client.post(address, "file=x", content_type="application/x-www-form-urlencoded"),
    ]

    assert {answer.status_code for answer in answers} == {422}
    assert all("Choose a CSV or XLSX file." in answer.content.decode() for answer in answers)


def test_what_shows_only_while_it_is_read_is_refused_with_the_reason_and_nothing_is_imported(wizard: Wizard) -> None:
    imported = wizard.upload("User ID,User ID\nask,Ask\n")

    assert imported.state == Import.State.REFUSED
    assert "Columns 1 and 2 have the same heading." in wizard.look().content.decode()
    assert wizard.do("run").status_code == 302
    assert wizard.imported.state == Import.State.REFUSED


def test_more_than_200_mb_are_not_taken(wizard: Wizard, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_BYTES == 200 * 1024 * 1024
    monkeypatch.setattr("notifications.views.imports.MOST_BYTES", 100_000)

    response = upload(wizard.client, b"User ID\n" + b"x" * 200_000)

    assert response.status_code == 422
    assert "This file is larger than 200 MB." in response.content.decode()


def test_an_upload_may_not_take_for_ever(wizard: Wizard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifications.views.imports.UPLOAD_WITHIN", timedelta(seconds=-1))

    response = upload(wizard.client)

    assert response.status_code == 422
    assert "The upload took more than 10 minutes" in response.content.decode()


def test_a_file_name_keeps_only_what_can_be_shown(wizard: Wizard) -> None:
    wizard.upload(name="users\u202evsc.exe.csv")

    assert wizard.imported.file_name == "usersvsc.exe.csv"


def test_the_example_can_be_imported_as_it_is(wizard: Wizard) -> None:
    response = wizard.client.get(reverse("notifications:import_sample"))
    data = b"".join(response.streaming_content)

    wizard.upload(data)
    suggested = chosen(wizard.look())
    wizard.choose(**suggested)

    assert wizard.imported.counts["added"] == 2
    assert wizard.imported.counts.get("faulty", 0) == 0


def test_while_a_job_works_the_page_asks_again_and_an_unchanged_one_costs_nothing(wizard: Wizard) -> None:
    upload(wizard.client)
    part = {"HX-Request": "true", "HX-Target": "panel"}

    working = wizard.client.get(wizard.address, headers=part)
    again = wizard.client.get(wizard.address, headers=part | {"If-None-Match": working["ETag"]})

    assert 'id="import-poll"' in working.content.decode()
    assert again.status_code == 304


def test_members_import_nothing(wizard: Wizard, member: User, client_of: ClientOf) -> None:
    wizard.upload()
    client = client_of(member)

    assert client.get(reverse("notifications:imports")).status_code == 403
    assert upload(client).status_code == 403
    assert last_import(wizard.tenant).state == Import.State.READ


def test_a_name_that_turns_the_direction_of_writing_is_a_fault(wizard: Wizard) -> None:
    wizard.upload(USERS + "evil,Ask\u202egreB,ask@nordlys.example\n")
    wizard.choose()

    (fault,) = table(wizard.look(), "faults")
    assert fault[2] == "Full name has a character that cannot be shown."
