"""What the search finds, for whom, and in which order."""

import pytest
from django.db import connection

from licences.models import Tenant
from notifications.models import SearchDocument
from notifications.reports.search import FIRST, PER_PAGE, SearchQuery
from notifications.reports.search_kinds import KINDS
from notifications.reports.search_sql import DEEP, PROBED, RANKED
from tests.factories import (
    CustomerRequestFactory,
    LicenceFactory,
    LicenceOwnerFactory,
    SystemEventFactory,
    TenantFactory,
    UserFactory,
    as_owner,
    scope_of,
)
from tests.notifications.finding import found, titles

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return TenantFactory(language="nb")


def test_the_beginning_of_a_word_is_enough(tenant: Tenant) -> None:
    UserFactory(tenant=tenant, full_name="Gro Bjerkli")

    assert titles(tenant, "bj") == titles(tenant, "Bjerkli") == ["Gro Bjerkli"]
    assert titles(tenant, "jerkli") == []


def test_all_words_must_be_there_in_whatever_order(tenant: Tenant) -> None:
    UserFactory(tenant=tenant, full_name="Gro Bjerkli")
    UserFactory(tenant=tenant, full_name="Gro Solheim")

    assert titles(tenant, "bjer gro") == ["Gro Bjerkli"]
    assert titles(tenant, "gro bjerkli oslo") == []


@pytest.mark.parametrize("typed", ["Rådgivning", "radgivning", "RÅDGIV", "rådgiv", "radgivning!"])
def test_accents_and_capitals_do_not_matter(tenant: Tenant, typed: str) -> None:
    LicenceFactory(tenant=tenant, name="Rådgivning Premium")

    assert titles(tenant, typed) == ["Rådgivning Premium"]


@pytest.mark.parametrize("typed", ["orsted", "ØRSTED", "gro.orsted", "gro.orsted@nordlys", "nordlys.example", "go-17"])
def test_a_user_is_found_by_name_user_id_and_e_mail(tenant: Tenant, typed: str) -> None:
    UserFactory(tenant=tenant, full_name="Gro Ørsted", login_id="go-17", email="gro.orsted@nordlys.example")

    assert titles(tenant, typed) == ["Gro Ørsted"]


@pytest.mark.parametrize(
    ("language", "written", "typed"),
    [
        ("en-gb", "Imported persons", "importing person"),
        ("nb", "Importerte brukerne", "importerer bruker"),
        ("da-dk", "Brugerne oprettes", "bruger oprette"),
        ("sv", "Flickorna i listan", "flicka lista"),
        ("nl", "Gebruikers geladen", "gebruiker"),
        ("de", "Lizenzen aktualisiert", "lizenz"),
    ],
)
def test_words_are_found_in_other_forms_in_the_tenants_language(language: str, written: str, typed: str) -> None:
    tenant = TenantFactory(language=language)
    SystemEventFactory(tenant=tenant, name=written)

    assert titles(tenant, typed) == [written]


def test_a_language_without_a_configuration_is_searched_word_by_word() -> None:
    tenant = TenantFactory(language="is")
    SystemEventFactory(tenant=tenant, name="Notendur fluttir")

    assert titles(tenant, "notend") == ["Notendur fluttir"]


def test_names_have_no_other_forms(tenant: Tenant) -> None:
    UserFactory(tenant=tenant, full_name="Hans Moe")

    assert titles(tenant, "hansen") == []


def test_half_a_word_is_found_though_its_stem_is_shorter(tenant: Tenant) -> None:
    english = TenantFactory(language="en-gb")
    SystemEventFactory(tenant=english, name="Importing persons")

    assert titles(english, "importi") == titles(english, "importing") == titles(english, "imported") != []


def test_a_title_comes_before_a_text_and_a_whole_word_before_a_longer_one(tenant: Tenant) -> None:
    SystemEventFactory(tenant=tenant, name="Night run", message="Import of persons.")
    SystemEventFactory(tenant=tenant, name="Importer")
    SystemEventFactory(tenant=tenant, name="Import")

    assert titles(tenant, "import") == ["Import", "Importer", "Night run"]


def test_of_events_that_fit_alike_the_newest_comes_first(tenant: Tenant) -> None:
    for number in (1, 2, 3):
        SystemEventFactory(tenant=tenant, name="Recount", message=f"Number {number}")

    texts = ["".join(piece.text for piece in hit.text) for hit in found(tenant, "recount")[0].hits]
    assert texts == ["Number 3", "Number 2", "Number 1"]


def test_kinds_stand_in_their_order_with_a_few_of_each(tenant: Tenant) -> None:
    UserFactory.create_batch(FIRST + 2, tenant=tenant, full_name="Sales Berg")
    LicenceFactory(tenant=tenant, name="Sales Premium")
    SystemEventFactory(tenant=tenant, name="Sales import")

    groups = found(tenant, "sales")

    assert [(group.kind.code, len(group.hits), group.count) for group in groups] == [
        ("licence", 1, 1),
        ("user", FIRST, FIRST + 2),
        ("event", 1, 1),
    ]
    assert not any(group.has_more for group in groups)


def test_one_kind_is_read_page_by_page(tenant: Tenant) -> None:
    for number in range(PER_PAGE + 3):
        UserFactory(tenant=tenant, full_name=f"Berg {number:02}")

    (first,), (second,), (beyond,) = (found(tenant, "berg", kind="user", page=page) for page in (1, 2, 7))

    assert (first.next, first.previous, len(first.hits)) == (2, 0, PER_PAGE)
    assert (second.next, second.previous, len(second.hits)) == (0, 1, 3)
    assert beyond == first


def test_each_kind_of_thing_has_its_address_and_what_is_said_of_it(tenant: Tenant) -> None:
    licence = LicenceFactory(tenant=tenant, name="Find me")
    other = LicenceFactory(tenant=tenant, name="Find me too", type__owner=LicenceOwnerFactory(code="tindekart"))
    user = UserFactory(tenant=tenant, full_name="Find Berg", login_id="find1", email="find@nordlys.example")
    request = CustomerRequestFactory(tenant=tenant, title="Finding nothing", description="It finds nothing.")
    event = SystemEventFactory(tenant=tenant, name="Finding", message="All were found.")

    hits = [hit for group in found(tenant, "find") for hit in group.hits]

    assert [hit.address for hit in hits] == [
        f"/licences/superoffice/{licence.type.code}/",
        f"/licences/owners/tindekart/{other.type.code}/",
        f"/licences/users/{user.pk}/",
        f"/licences/upgrade/{request.pk}/",
        f"/notifications/{event.pk}/",
    ]
    assert ["".join(piece.text for piece in hit.text) for hit in hits] == [
        licence.type.tooltip,
        other.type.tooltip,
        "find1 · find@nordlys.example",
        f"{request.number} · It finds nothing.",
        "All were found.",
    ]


def test_a_request_for_support_is_solved_and_an_upgrade_is_approved(tenant: Tenant) -> None:
    CustomerRequestFactory(tenant=tenant, title="Finding", state="approved")
    CustomerRequestFactory(tenant=tenant, title="Finding", state="approved", kind="upgrade", wants="seats", quantity=2)

    (group,) = found(tenant, "finding")

    assert sorted(str(hit.state).partition(" · ")[0] for hit in group.hits) == ["Approved", "Solved"]


def test_a_request_is_found_by_its_number_its_title_and_what_it_says(tenant: Tenant) -> None:
    request = CustomerRequestFactory(tenant=tenant, title="Board stays empty", description="Since the move to Bergen.")
    CustomerRequestFactory(tenant=tenant, title="Board for all", description="Everybody needs one.")

    for typed in (request.number, request.number.lower(), str(request.pk), "empty", "bergen board", "moves"):
        assert "Board stays empty" in titles(tenant, typed, kind="request"), typed
    assert titles(tenant, "empty board") == ["Board stays empty"]


def test_nobody_finds_what_another_tenant_has(tenant: Tenant) -> None:
    other = TenantFactory()
    UserFactory(tenant=other, full_name="Gro Bjerkli")
    LicenceFactory(tenant=other, name="Bjerkli Premium")
    SystemEventFactory(tenant=other, name="Bjerkli import")

    assert titles(tenant, "bjerkli") == []
    assert len(titles(other, "bjerkli")) == 3


def test_a_member_finds_licences_and_events_and_no_other_users(tenant: Tenant) -> None:
    UserFactory(tenant=tenant, full_name="Sales Berg")
    LicenceFactory(tenant=tenant, name="Sales Premium")
    CustomerRequestFactory(tenant=tenant, title="Sales seats")
    SystemEventFactory(tenant=tenant, name="Sales import")

    assert titles(tenant, "sales", sees_all=False) == ["Sales Premium", "Sales import"]
    assert titles(tenant, "sales", sees_all=False, kind="user") == []
    assert titles(tenant, "sales", sees_all=False, kind="request") == []


@pytest.mark.parametrize(
    ("scope", "found_by_members"), [("system", True), ("database", True), ("group", False), ("user", False)]
)
def test_an_event_for_some_is_found_by_administrators_only(tenant: Tenant, scope: str, found_by_members: bool) -> None:
    owner = "Sales" if scope in {"group", "user"} else ""
    SystemEventFactory(tenant=tenant, name="Quiet import", scope=scope, owner=owner)

    assert titles(tenant, "quiet") == ["Quiet import"]
    assert titles(tenant, "quiet", sees_all=False) == (["Quiet import"] if found_by_members else [])


def test_what_is_for_administrators_only_stays_so_whatever_its_kind(tenant: Tenant) -> None:
    LicenceFactory(tenant=tenant, name="Sales Premium")
    with scope_of(tenant):
        SearchDocument.objects.update(admins_only=True)

    assert titles(tenant, "sales", sees_all=False) == []
    assert titles(tenant, "sales") == ["Sales Premium"]


@pytest.mark.parametrize("typed", ["", "   ", "!?%&'\\", "'", "a:* & b", "') --", "\x00", "x" * 100, "<script>", "🎉"])
def test_whatever_is_typed_is_only_words(tenant: Tenant, typed: str) -> None:
    UserFactory(tenant=tenant, full_name="Gro Bjerkli")

    assert titles(tenant, SearchQuery.from_address({"q": typed}).search) == []


@pytest.mark.parametrize(
    ("asked", "query"),
    [
        ({}, SearchQuery()),
        ({"q": " a\x00b "}, SearchQuery("ab")),
        ({"kind": "user", "page": "3"}, SearchQuery("", "user", 3)),
        ({"kind": "secret", "page": "-1"}, SearchQuery()),
        ({"page": "²"}, SearchQuery()),
        ({"page": "99999999999"}, SearchQuery()),
        ({"page": "9999"}, SearchQuery("", "", RANKED // PER_PAGE)),
    ],
)
def test_what_makes_no_sense_in_an_address_is_the_default(asked: dict[str, str], query: SearchQuery) -> None:
    assert SearchQuery.from_address(asked) == query


def test_a_very_common_word_is_counted_up_to_a_bound(tenant: Tenant) -> None:
    put_users(tenant, RANKED + 5)

    (group,) = found(tenant, "nordlys")

    assert (group.count, group.has_more, len(group.hits)) == (RANKED, True, FIRST)


@pytest.mark.parametrize("count", [RANKED + 500])
def test_of_two_common_words_all_are_found_that_have_both(tenant: Tenant, count: int) -> None:
    put_users(tenant, count)
    UserFactory(tenant=tenant, full_name="Needle Nordlys")

    assert titles(tenant, "needle nordlys") == ["Needle Nordlys"]
    (group,) = found(tenant, "odd nordlys")
    assert (group.count, group.has_more) == (count // 2, False)


def test_the_bounds_follow_one_another() -> None:
    assert RANKED < PROBED < DEEP


def test_each_kind_says_which_fields_find_it(tenant: Tenant) -> None:
    made = {
        "licence": LicenceFactory(tenant=tenant),
        "user": UserFactory(tenant=tenant),
        "request": CustomerRequestFactory(tenant=tenant),
        "event": SystemEventFactory(tenant=tenant, message="Half of it", description="All of it"),
    }

    with scope_of(tenant):
        for kind in KINDS.values():
            row = kind.source._default_manager.values(kind.title, *kind.body).get(pk=made[kind.code].pk)
            document = SearchDocument.objects.get(kind=kind.code, subject=made[kind.code].pk)
            assert document.title == row[kind.title]
            assert all(row[field] in document.body for field in kind.body)
            assert document.admins_only == (not kind.for_members)
    assert set(made) == set(KINDS)


def put_users(tenant: Tenant, count: int) -> None:
    """That many, half of them called Odd and half Siv."""
    with scope_of(tenant), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO licences_user (tenant_id, login_id, full_name, email, role, can_log_in, date_joined, password)"
            " SELECT %s, 'u' || n, CASE WHEN n %% 2 = 0 THEN 'Odd' ELSE 'Siv' END || ' Berg', 'nordlys', 'member',"
            " true, now(), '!' FROM generate_series(1, %s) n",
            [tenant.pk, count],
        )


def test_rare_documents_are_not_looked_for_one_by_one(tenant: Tenant) -> None:
    """However many there are, a word is read from its index alone, under row-level security."""
    put_users(tenant, 2_000)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("ANALYZE notifications_searchword")
    with scope_of(tenant), connection.cursor() as cursor:
        cursor.execute(
            "EXPLAIN SELECT subject FROM notifications_searchword WHERE tenant_id = %s AND kind = 'user'"
            " AND in_body = false AND word > 'od' AND word < 'oe' ORDER BY word, subject LIMIT 10",
            [tenant.pk],
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert "Index" in plan
    assert "word > 'od'" in plan.partition("Index Cond")[2]
    assert "Sort" not in plan
