"""What is wrong with which rows, by reason and as a file."""

import pytest
from django.urls import reverse

from licences.models import User
from tests.factories import scope_of
from tests.licences.seats import plan
from tests.notifications.imports import FAULTY, USERS, Wizard, downloaded
from tests.pages import element, links, named, table, text

pytestmark = pytest.mark.django_db

WAYS_OUT = ("Ask for more seats", "free seats that nobody uses")


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


def test_a_name_that_turns_the_direction_of_writing_is_a_fault(wizard: Wizard) -> None:
    wizard.upload(USERS + "evil,Ask\u202egreB,ask@nordlys.example\n")
    wizard.choose()

    assert "Full name has a character that cannot be shown. 1 row" in text(element(wizard.look(), "faults"))


def reasons(wizard: Wizard) -> list[str]:
    """What stands over the rows of each reason."""
    faults = element(wizard.look(), "faults")
    return [text(row) for row in named(faults, "tr") if ("class", "group") in row.attributes]


def test_faults_stand_by_reason_the_most_frequent_first_with_the_first_rows_of_each(wizard: Wizard) -> None:
    rows = [f"u{n},U {n},not{n}.an.address\n" for n in range(7)] + [f"v~{n},V {n},\n" for n in range(2)]
    wizard.upload(USERS + "".join(rows) + "ask,Ask,\nliv,Liv,\n")

    wizard.choose()

    assert reasons(wizard) == [
        "“…” is not an e-mail address. 7 rows",
        "User ID “…” has a “…”, which stands for imports that were undone. 2 rows",
        "The same user is on line … already. 2 rows",
    ]
    assert table(wizard.look(), "faults")[:4] == [
        ["4", "u0", "“not0.an.address” is not an e-mail address."],
        ["5", "u1", "“not1.an.address” is not an e-mail address."],
        ["6", "u2", "“not2.an.address” is not an e-mail address."],
        ["11", "v~0", "User ID “v~0” has a “~”, which stands for imports that were undone."],
    ]


def test_more_reasons_than_fit_are_said_to_be_in_the_file(wizard: Wizard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifications.reports.import_faults.REASONS", 1)
    wizard.upload(FAULTY)

    wizard.choose()

    assert len(reasons(wizard)) == 1
    assert "3 rows in all, for more reasons than fit here." in text(element(wizard.look(), "panel"))


def test_no_more_faults_are_looked_through_than_a_page_can_wait_for(
    wizard: Wizard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifications.reports.import_faults.READ", 2)
    wizard.upload(FAULTY)

    wizard.choose()

    assert len(table(wizard.look(), "faults")) == 2
    assert "3 rows in all" in text(element(wizard.look(), "panel"))


def test_of_what_was_undone_the_file_has_the_rows_that_stayed(wizard: Wizard) -> None:
    wizard.upload()
    wizard.choose()
    wizard.do("run")
    with scope_of(wizard.tenant):
        User.objects.filter(login_id="liv").update(full_name="Liv Dahl-Berg")

    wizard.do("undo")

    assert table(wizard.look(), "faults") == [["3", "liv", "Liv Dahl-Berg was changed since."]]
    rows = downloaded(wizard.client.get(reverse("notifications:import_faults", args=[wizard.imported.pk])))
    assert [row[3:] for row in rows[1:]] == [["3", "Liv Dahl-Berg was changed since."]]


def main_buttons(wizard: Wizard) -> list[str]:
    panel = element(wizard.look(), "panel")
    buttons = named(panel, "a", "button")
    return [text(each) for each in buttons if "button-primary" in dict(each.attributes).get("class", "")]


def test_what_to_do_next_is_the_main_button(wizard: Wizard) -> None:
    wizard.upload(FAULTY)
    wizard.choose()
    before = main_buttons(wizard)
    wizard.do("run")
    afterwards = main_buttons(wizard)

    assert (before, afterwards) == (["Import 2 users"], ["Download the rows with faults"])


def test_where_seats_run_short_the_ways_out_stand_beside_it(wizard: Wizard) -> None:
    licence = plan(wizard.tenant, name="Sales", total=1)
    wizard.upload("User ID,Full name,E-mail,Plans\nask,Ask Berg,,Sales\nliv,Liv Dahl,,Sales\n")
    wizard.choose(field_plans="3")

    page = wizard.look()

    assert reasons(wizard) == ["No seat left: Sales. 1 row"]
    assert links(page, "panel")["Ask for more seats"] == f"/licences/upgrade/?licence={licence.type.code}"
    unused = links(page, "panel")["free seats that nobody uses"]
    assert unused == f"/licences/users/seat-use/?licence={licence.type.code}"
    assert [wizard.client.get(links(page, "panel")[name]).status_code for name in WAYS_OUT] == [200, 200]
