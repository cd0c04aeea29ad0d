"""Which column of a file is what: suggested, chosen, remembered."""

import pytest
from django.urls import reverse

from notifications.models import Import
from tests.notifications.imports import Wizard, chosen, step
from tests.pages import element, text

pytestmark = pytest.mark.django_db


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


def test_the_example_can_be_imported_as_it_is(wizard: Wizard) -> None:
    response = wizard.client.get(reverse("notifications:import_sample"))
    data = b"".join(response.streaming_content)

    wizard.upload(data)
    suggested = chosen(wizard.look())
    wizard.choose(**suggested)

    assert wizard.imported.counts["added"] == 2
    assert wizard.imported.counts.get("faulty", 0) == 0
