"""What is said of an event's time and rows."""

from datetime import UTC, datetime, timedelta

import pytest

from notifications.event_kinds import About, Notice, about
from notifications.models import SystemEvent
from notifications.reports.event_words import rate, reported_by, rows_done, run_time, time_left

NOW = datetime(2026, 7, 14, 8, 30, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))


def an_event(**values: object) -> SystemEvent:
    return SystemEvent(**{"key": "Recount", "status": "running", "heartbeat_at": NOW, "activated_at": NOW} | values)


@pytest.mark.parametrize(
    ("until_then", "said"),
    [
        (None, ""),
        (-SECOND, ""),
        (0 * SECOND, ""),
        (SECOND, "less than 1 min left"),
        (59 * SECOND, "less than 1 min left"),
        (MINUTE, "about 1 min left"),
        (2 * MINUTE + SECOND, "about 3 min left"),
        (3 * MINUTE, "about 3 min left"),
        (90 * MINUTE, "about 90 min left"),
        (90 * MINUTE + SECOND, "about 2 h left"),
        (48 * HOUR, "about 48 h left"),
        (48 * HOUR + SECOND, ""),
    ],
    ids=str,
)
def test_the_time_left_is_said_in_whole_minutes(until_then: timedelta | None, said: str) -> None:
    expected_at = None if until_then is None else NOW + until_then

    assert time_left(an_event(expected_at=expected_at), NOW) == said


@pytest.mark.parametrize("values", [{"status": "succeeded"}, {"key": Notice.NO_LOGIN.value}], ids=["ended", "notice"])
def test_what_does_not_move_has_no_time_left(values: dict[str, object]) -> None:
    assert time_left(an_event(expected_at=NOW + HOUR, **values), NOW) == ""


@pytest.mark.parametrize(
    ("took", "while_it_runs", "afterwards"),
    [
        (0 * SECOND, "less than 1 min so far", "0 s"),
        (59 * SECOND, "less than 1 min so far", "59 s"),
        (3 * MINUTE + 5 * SECOND, "3 min so far", "3 min 5 s"),
        (25 * MINUTE + 5 * SECOND, "25 min so far", "25 min"),
        (2 * HOUR + 4 * MINUTE, "2 h 4 min so far", "2 h 4 min"),
        (3 * DAY, "72 h 0 min so far", "72 h 0 min"),
    ],
    ids=str,
)
def test_the_run_time_is_from_the_first_chunk_on(took: timedelta, while_it_runs: str, afterwards: str) -> None:
    began = NOW - took

    assert run_time(an_event(started_at=began), NOW) == while_it_runs
    assert run_time(an_event(started_at=began, status="failed", finished_at=NOW), NOW + DAY) == afterwards


def test_what_has_not_begun_has_no_run_time() -> None:
    assert run_time(an_event(status="queued"), NOW) == ""


@pytest.mark.parametrize(
    ("status", "done", "total", "said"),
    [
        ("running", None, None, ""),
        ("running", None, 100, ""),
        ("running", 0, 0, ""),
        ("running", 0, 1, "0 of 1 row"),
        ("running", 12_000, 100_000, "12,000 of 100,000 rows"),
        ("running", 7, None, "7 rows"),
        ("succeeded", 12_000, 12_000, "12,000 rows"),
        ("succeeded", 1, 1, "1 row"),
        ("succeeded", 0, 0, ""),
        ("failed", 2, 5, "2 of 5 rows"),
    ],
)
def test_rows_are_said_as_far_as_they_are_known(status: str, done: int | None, total: int | None, said: str) -> None:
    assert rows_done(an_event(status=status, done=done, total=total)) == said


@pytest.mark.parametrize(
    ("done", "before", "seconds", "said"),
    [
        (None, 0, 10, ""),
        (0, 0, 10, ""),
        (500, 500, 10, ""),
        (5, 0, 0.5, ""),
        (3, 0, 180, ""),
        (5, 0, 10, "0.5 rows/s"),
        (100, 0, 10, "10 rows/s"),
        (12_500, 2_500, 4, "2,500 rows/s"),
    ],
)
def test_the_rate_is_of_this_run_alone(done: int | None, before: int, seconds: float, said: str) -> None:
    event = an_event(done=done, started_at=NOW - timedelta(seconds=seconds))

    assert rate(event, before) == said


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (SystemEvent.CONSOLE, ""),
        ("https://crm.example/netserver", "crm.example"),
        ("urn:crm", "urn:crm"),
        ("https://[broken", "https://[broken"),
    ],
)
def test_a_product_is_called_by_its_server(source: str, said: str) -> None:
    assert reported_by(an_event(source=source)) == said


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("ImportUsers", About.IMPORTS),
        ("ImportCheck", About.IMPORTS),
        ("FreetextRebuild", About.INDEXING),
        ("ROURebuild", About.COUNTERS),
        ("UDefRebuild", About.CUSTOM_FIELDS),
        ("UDefRebuildContact", About.CUSTOM_FIELDS),
        ("PrototypeRebuild", About.TRAVEL),
        *((notice.value, About.NOTICES) for notice in Notice),
        ("NoTravelAtAll", About.OTHER),
        ("Recount", About.OTHER),
        ("importusers", About.OTHER),
        ("", About.OTHER),
    ],
)
def test_the_key_says_what_an_event_is_about(key: str, kind: About) -> None:
    assert about(key) == kind
