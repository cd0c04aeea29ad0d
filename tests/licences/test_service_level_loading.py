"""The promise of the support desk from its files into the database: what is refused, and what becomes a version."""

import shutil
import sys
from collections.abc import Callable
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db.models import Model, QuerySet

from licences.catalogue.files import CatalogueError
from licences.catalogue.service_level import (
    CALENDARS,
    FOLDER,
    METRICS,
    URGENCIES,
    ServiceLevel,
    check_service_level,
    hours_of,
    published_service_level,
    read_service_level,
    running_out,
)
from licences.models import BusinessCalendar, CalendarDay, CustomerRequest, Metric, ServicePolicy, ServiceTarget
from licences.service_hours import AROUND_THE_CLOCK, UNITS
from licences.services.catalogue import OWNER, Changes, loading
from licences.services.service_level import put_service_level

Edit = Callable[[str, str, str], Path]

SOURCE = 'source = "support-terms"'


@pytest.fixture
def edited(tmp_path: Path) -> Edit:
    """A copy of the catalogue's folder in which one text of one file is replaced."""

    def edit(name: str, old: str, new: str) -> Path:
        folder = tmp_path / "catalogue"
        if not folder.exists():
            shutil.copytree(FOLDER, folder)
        text = (folder / name).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        (folder / name).write_text(text.replace(old, new), encoding="utf-8")
        return folder

    return edit


def rows[M: Model](model: type[M]) -> QuerySet[M]:
    return model._default_manager.using(OWNER)


def put(level: ServiceLevel) -> Changes:
    with loading() as changes:
        put_service_level(level, changes)
    return changes


def everything() -> list[list[dict[str, object]]]:
    models = (BusinessCalendar, CalendarDay, ServicePolicy, ServiceTarget)
    return [list(rows(model).order_by("pk").values()) for model in models]


def test_the_published_promise_is_what_the_sources_say() -> None:
    level = published_service_level()

    (calendar,), (policy,) = level.calendars, level.policies
    assert calendar.time_zone == "Europe/Oslo"
    assert calendar.week == ("09:00-17:00",) * 5 + ("closed",) * 2
    assert (policy.code, policy.day_minutes, policy.goal_percent) == ("desk", 480, 90)
    assert {(row.urgency, row.metric): (row.amount, row.unit) for row in level.targets} == {
        ("high", "response"): (5, "business_minutes"),
        ("high", "solution"): (1, "business_days"),
        ("middle", "response"): (24, "business_day_hours"),
        ("middle", "solution"): (3, "business_days"),
        ("low", "response"): (48, "business_day_hours"),
        ("low", "solution"): (5, "business_days"),
    }


def test_the_snapshot_holds_norways_holidays_of_five_years() -> None:
    days = {day.on: day.name for day in published_service_level().days["desk"]}

    assert {day.year for day in days} == set(range(2026, 2031))
    assert days[date(2027, 3, 25)] == "Maundy Thursday"
    assert days[date(2027, 5, 17)] == "Constitution Day; Pentecost Monday"
    assert date(2026, 12, 24) not in days
    assert {day.library.split()[0] for day in published_service_level().days["desk"]} == {"holidays"}


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("closed", ()),
        ("09:00-17:00", (("09:00", "17:00"),)),
        ("00:00-24:00", (("00:00", "24:00"),)),
        ("09:00-12:00 12:30-17:00", (("09:00", "12:00"), ("12:30", "17:00"))),
    ],
)
def test_hours_are_written_as_from_and_to(text: str, hours: object) -> None:
    assert hours_of(text) == hours


@pytest.mark.parametrize(
    "text",
    [
        *("", "open", "9:00-17:00", "09:00-25:00", "09:00-17:60", "17:00-09:00", "09:00-09:00", "24:00-24:00"),
        *("09:00-12:00 11:00-17:00", "09:00-12:00 12:00-17:00", "13:00-17:00 09:00-12:00", "09:00–17:00"),
    ],
)
def test_hours_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not written as|do not follow"):
        hours_of(text)


HIGH_RESPONSE = 'metric = "response"\namount = 5\nunit = "business_minutes"'


@pytest.mark.parametrize(
    ("name", "old", "new", "complaint"),
    [
        ("service_level.toml", '"Europe/Oslo"', '"Europe/Hamar"', "calendar 1 (desk): there is no time zone"),
        ("service_level.toml", '"closed", "closed"]', '"closed"]', "calendar 1 (desk): a week has 7 days, not 6"),
        ("service_level.toml", '"closed", "closed"]', '"closed", "shut"]', "(desk): 'shut' is not written as"),
        ("service_level.toml", 'special_days = "norway"', 'special_days = "sweden"', "calendars/sweden.toml: "),
        ("service_level.toml", 'calendar = "desk"', 'calendar = "night"', "policy 1 (desk): there is no calendar"),
        ("service_level.toml", "day_minutes = 480", "day_minutes = 0", "policy 1 (desk): a business day has minutes"),
        ("service_level.toml", "goal_percent = 90", "goal_percent = 100", "the goal is from 0 to 99 percent"),
        ("service_level.toml", "goal_percent = 90", "goal_percent = 90.5", "'goal_percent' is of the wrong type"),
        ("service_level.toml", "2026-01-01", '"2026-01-01"', "'valid_from_on' is of the wrong type"),
        (
            "service_level.toml",
            'amount = 5\nunit = "business_minutes"',
            'amount = 0\nunit = "business_minutes"',
            "target 1: the amount must be 1 or more",
        ),
        ("service_level.toml", 'unit = "business_minutes"', 'unit = "minutes"', "target 1: urgency, metric and unit"),
        (
            "service_level.toml",
            HIGH_RESPONSE,
            HIGH_RESPONSE.replace("response", "solution"),
            "target 2: the target of this policy is already that of service_level.toml, target 1",
        ),
        (
            "service_level.toml",
            'amount = 5\nunit = "business_minutes"',
            'amount = 2\nunit = "business_days"',
            "policy 1 (desk): high: asked on 2026-01-01 at 01:00, the answer is due after the solution",
        ),
        (
            "service_level.toml",
            'unit = "business_minutes"\nsource = "support-terms"',
            'unit = "business_minutes"\nsource = "hearsay"',
            "target 1: the source 'hearsay' is not in sources.toml",
        ),
        ("calendars/norway.toml", "on = 2026-04-03", "on = 2026-04-02", "day 3: the day is already that of"),
        (
            "calendars/norway.toml",
            'on = 2026-05-14\nname = "Ascension Day"',
            'on = 2026-05-14\nname = "Ascension Day"\nopen = "9-12"',
            "day 7: '9-12' is not written as",
        ),
        (
            "calendars/norway.toml",
            'on = 2026-05-14\nname = "Ascension Day"',
            'on = 2026-05-14\nname = " "',
            "day 7: 'name' is empty",
        ),
    ],
)
def test_a_mistake_is_reported_with_its_file_and_row(
    name: str, old: str, new: str, complaint: str, edited: Edit
) -> None:
    folder = edited(name, old, new)

    with pytest.raises(CatalogueError) as refused:
        check_service_level(read_service_level(folder))

    assert complaint in str(refused.value)


def test_a_policy_promises_each_metric_at_each_urgency(edited: Edit) -> None:
    folder = edited(
        "service_level.toml", f'[[target]]\npolicy = "desk"\nurgency = "high"\n{HIGH_RESPONSE}\n{SOURCE}\n', ""
    )

    with pytest.raises(CatalogueError, match=r"there is no target for \[\('high', 'response'\)\]"):
        check_service_level(read_service_level(folder))


def test_48_business_hours_would_be_answered_after_the_solution(edited: Edit) -> None:
    """The reading of the sources that is not ours. Source: §5.2."""
    folder = edited(
        "service_level.toml", 'amount = 48\nunit = "business_day_hours"', 'amount = 2880\nunit = "business_minutes"'
    )

    with pytest.raises(CatalogueError, match=r"low: asked on .*, the answer is due after the solution"):
        check_service_level(read_service_level(folder))


def test_a_calendar_that_is_never_open_promises_nothing(edited: Edit) -> None:
    week = '["09:00-17:00", "09:00-17:00", "09:00-17:00", "09:00-17:00", "09:00-17:00", "closed", "closed"]'
    folder = edited("service_level.toml", week, str(["closed"] * 7).replace("'", '"'))

    with pytest.raises(CatalogueError, match="its calendar is never open"):
        check_service_level(read_service_level(folder))


with_owner = pytest.mark.django_db(databases=[OWNER])


@with_owner
def test_a_second_load_changes_nothing() -> None:
    put(published_service_level())
    before = everything()

    changes = put(published_service_level())

    assert str(changes) == "0 added, 0 changed, 0 removed"
    assert changes.left_over == set()
    assert everything() == before


@with_owner
def test_a_day_that_is_open_is_a_new_calendar_and_the_same_promise(edited: Edit) -> None:
    put(published_service_level())
    first = rows(BusinessCalendar).get()
    level = read_service_level(
        edited(
            "calendars/norway.toml",
            'name = "Christmas Day"\n\n[[day]]\non = 2026-12-26',
            'name = "Christmas Day"\nopen = "09:00-12:00"\n\n[[day]]\non = 2026-12-26',
        )
    )

    changes = put(level)

    calendar = rows(BusinessCalendar).get(version=2)
    policy = rows(ServicePolicy).get()
    assert (policy.version, policy.calendar_id) == (1, calendar.pk)
    assert rows(CalendarDay).get(calendar=calendar, day=date(2026, 12, 25)).intervals == [["09:00", "12:00"]]
    assert rows(CalendarDay).get(calendar=first, day=date(2026, 12, 25)).intervals == []
    assert rows(CalendarDay).filter(calendar=first).count() == rows(CalendarDay).filter(calendar=calendar).count()
    assert changes.left_over == set()
    assert str(put(level)) == "0 added, 0 changed, 0 removed"


@with_owner
@pytest.mark.parametrize(
    ("old", "new"),
    [('"Europe/Oslo"', '"Europe/Amsterdam"'), ('week = ["09:00-17:00"', 'week = ["08:00-17:00"')],
)
def test_other_hours_are_a_new_calendar_for_every_version_of_the_promise(old: str, new: str, edited: Edit) -> None:
    put(published_service_level())
    put(
        read_service_level(
            edited(
                "service_level.toml", 'amount = 5\nunit = "business_minutes"', 'amount = 4\nunit = "business_minutes"'
            )
        )
    )

    put(read_service_level(edited("service_level.toml", old, new)))

    calendar = rows(BusinessCalendar).get(version=2)
    assert set(rows(ServicePolicy).values_list("version", "calendar")) == {(1, calendar.pk), (2, calendar.pk)}


@with_owner
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("amount = 3\n", "amount = 2\n"),
        ("day_minutes = 480", "day_minutes = 420"),
        ("goal_percent = 90", "goal_percent = 95"),
        ("valid_from_on = 2026-01-01", "valid_from_on = 2027-01-01"),
    ],
)
def test_another_promise_is_a_new_version_and_the_earlier_one_stays(old: str, new: str, edited: Edit) -> None:
    put(published_service_level())
    before = everything()

    changes = put(read_service_level(edited("service_level.toml", old, new)))

    assert sorted(rows(ServicePolicy).values_list("version", flat=True)) == [1, 2]
    assert rows(BusinessCalendar).count() == 1
    assert [row for row in everything()[3] if row in before[3]] == before[3]
    assert (len(changes.added), len(changes.changed), changes.left_over) == (7, 0, set())


@with_owner
def test_names_are_put_right_in_place(edited: Edit) -> None:
    put(published_service_level())
    edited("service_level.toml", 'name = "Support desk"', 'name = "The desk"')
    edited("service_level.toml", 'name = "Support"', 'name = "Help"')

    changes = put(read_service_level(edited("calendars/norway.toml", "holidays 0.109", "holidays 0.110")))

    assert (len(changes.added), rows(BusinessCalendar).get().name) == (0, "The desk")
    assert rows(ServicePolicy).get().name == "Help"
    assert set(rows(CalendarDay).values_list("source", flat=True)) == {"holidays 0.110, NO"}


def test_files_and_tables_speak_of_the_same_things() -> None:
    assert set(UNITS) == set(ServiceTarget.Unit)
    assert set(URGENCIES) == set(CustomerRequest.Urgency)
    assert set(METRICS) == set(Metric)
    assert AROUND_THE_CLOCK in UNITS


@pytest.mark.parametrize(("today", "is_told"), [(date(2029, 12, 25), False), (date(2029, 12, 27), True)])
def test_somebody_is_told_when_the_snapshot_runs_out(today: date, is_told: bool) -> None:
    expected = {"desk": date(2030, 12, 26)} if is_told else {}

    assert running_out(published_service_level(), today) == expected


@pytest.mark.django_db(databases=["default", OWNER])
def test_the_command_tells_it() -> None:
    output = StringIO()

    with time_machine.travel(date(2030, 6, 1)):
        call_command("load_catalogue", stdout=output)

    assert "The calendar desk has no special days after 2030-12-26: write_holidays writes more." in output.getvalue()


def write_holidays(*arguments: object, folder: Path) -> str:
    output = StringIO()
    call_command("write_holidays", *map(str, arguments), folder=folder, stdout=output)
    return output.getvalue()


def test_the_snapshot_is_what_the_command_writes(tmp_path: Path) -> None:
    output = write_holidays("NO", 2026, 2030, "norway", folder=tmp_path)

    written, snapshot = ((folder / "norway.toml").read_text(encoding="utf-8") for folder in (tmp_path, CALENDARS))
    assert "59 days of 2026–2030" in output
    assert written.partition("[[day]]")[2] == snapshot.partition("[[day]]")[2], (
        "a newer library says otherwise: read it"
    )


def test_a_country_that_the_library_does_not_know_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="knows no country QQ"):
        write_holidays("qq", 2026, 2026, "nowhere", folder=tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_without_the_library_the_command_says_where_it_comes_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "holidays", None)

    with pytest.raises(CommandError, match=r"requirements-dev\.txt"):
        write_holidays("NO", 2026, 2026, "norway", folder=tmp_path)
