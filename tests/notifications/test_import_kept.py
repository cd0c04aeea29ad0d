"""How long a file is kept, and what stays of it."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from notifications.services.forgetting import forget_files
from tests.notifications.imports import FAULTY, Wizard, counts, kept

pytestmark = pytest.mark.django_db


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
