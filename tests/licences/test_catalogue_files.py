"""The catalogue's files: what they must say."""

import pytest

from licences.catalogue.entries import Catalogue, LicenceEntry
from licences.catalogue.published import published_catalogue
from metering.services.catalogue import read_services


@pytest.fixture
def catalogue() -> Catalogue:
    return published_catalogue()


def test_well_over_150_licence_types_are_listed(catalogue: Catalogue) -> None:
    assert len(catalogue.vendor_licences) == 202


# The published licence list: kind, role, hidden.
SAMPLE = {
    "sale": ("system", "feature", True),
    "sale-cal": ("user", "feature", True),
    "t2": ("user", "tier_marker", True),
    "sales-t2": ("system", "tier_marker", False),
    "saint": ("system", "feature", True),
    "saint-cal": ("user", "feature", True),
    "target": ("system", "feature", True),
    "target-cal": ("user", "feature", True),
    "target-sale": ("system", "feature", True),
    "project": ("system", "feature", True),
    "project-cal": ("user", "feature", True),
    "quote": ("system", "feature", True),
    "quote-cal": ("user", "feature", True),
    "guide": ("system", "feature", True),
    "guide-project": ("system", "feature", True),
    "guide-sale": ("system", "feature", True),
    "guide-cal": ("user", "feature", True),
    "stakeholder": ("system", "feature", True),
    "stakeholder-cal": ("user", "feature", True),
    "dash-cal": ("user", "feature", True),
    "selection-combined-cal": ("user", "feature", True),
    "ten-sales": ("user", "plan", False),
    "ej-client": ("user", "feature", True),
    "expander-services": ("system", "feature", False),
    "config-screens": ("system", "feature", True),
    "user": ("user", "feature", True),
}


@pytest.mark.parametrize(("code", "expected"), SAMPLE.items())
def test_a_licence_of_the_published_list_has_its_kind_role_and_visibility(
    catalogue: Catalogue, code: str, expected: tuple[str, str, bool]
) -> None:
    licence = catalogue.vendor_licences[code]

    assert (licence.kind, licence.role, licence.hidden) == expected
    assert not licence.unrestricted


@pytest.mark.parametrize(
    ("code", "number"), [("expander-services", 1), ("config-screens", 7), ("user", 35), ("ten-sales", 73)]
)
def test_a_published_sort_order_is_kept(catalogue: Catalogue, code: str, number: int) -> None:
    assert catalogue.vendor_licences[code].sort_order == number


def test_only_the_three_licences_per_database_are_site_licences_of_the_vendor(catalogue: Catalogue) -> None:
    site = {code for code, licence in catalogue.vendor_licences.items() if licence.kind == "site"}

    assert site == {"satellite", "audience", "reporter-studio"}


def test_the_unrestricted_licences_are_the_published_ones(catalogue: Catalogue) -> None:
    unrestricted = {code for code, licence in catalogue.vendor_licences.items() if licence.unrestricted}

    assert unrestricted == {
        "extern-user-cal",
        "system-user-cal",
        "anonymous-user-cal",
        "publish",
        "visible-for",
        "travel",
        "reporter-studio-user",
        "admin-extern-user",
        "admin-system-user",
        "admin-anonymous-user",
        "ej-mod-spm-cal",
        "superlicense-no-selection",
    }


@pytest.mark.parametrize(
    ("code", "required"),
    [
        ("web", "user"),
        ("windows", "user"),
        ("pocket-crm-cal", "user"),
        ("publish", "extern-user"),
        ("audience", "extern-user"),
        ("travel", "windows"),
        ("remote-travel", "travel"),
        ("reporter-studio-user", "reporter-studio"),
    ],
)
def test_a_published_prerequisite_is_kept(catalogue: Catalogue, code: str, required: str) -> None:
    assert catalogue.vendor_licences[code].requires == required


def test_a_licence_that_the_vendor_has_removed_is_not_listed(catalogue: Catalogue) -> None:
    assert "ad-auth" not in catalogue.vendor_licences


def test_each_third_party_has_three_to_six_licences_with_a_site_licence_and_user_licences(
    catalogue: Catalogue,
) -> None:
    third_parties = [owner.code for owner in catalogue.owners if not owner.is_vendor]

    assert len(third_parties) == 2
    for owner in third_parties:
        kinds = [licence.kind for licence in catalogue.licences if licence.owner == owner]
        assert 3 <= len(kinds) <= 6
        assert kinds.count("site") == 1
        assert kinds.count("user") >= 2


def test_names_and_explanations_are_told_apart(catalogue: Catalogue) -> None:
    def sentence(licence: LicenceEntry) -> bool:
        return licence.enables.endswith(".") and licence.enables[0].isupper() and licence.enables != licence.tooltip

    assert [licence.where for licence in catalogue.licences if not sentence(licence)] == []
    names = [licence.name for licence in catalogue.vendor_licences.values()]
    assert sorted(name for name in set(names) if names.count(name) > 1) == []


def test_shop_addresses_are_invented_ones(catalogue: Catalogue) -> None:
    assert all(owner.shop_url.startswith("https://shop.") for owner in catalogue.owners)
    assert all(owner.shop_url.endswith(".example/") for owner in catalogue.owners)


@pytest.mark.parametrize(
    ("restriction", "plan", "limit"),
    [
        ("dashboards", "starter", 3),
        ("dashboards", "core", None),
        ("dashboards", "growth", None),
        ("dashboards", "plus", None),
        ("dashboards", "super", None),
        ("active-projects", "starter", 0),
        ("active-projects", "core", 100),
        ("active-projects", "growth", None),
        ("active-projects", "plus", None),
        ("active-projects", "super", None),
        ("custom-objects", "starter", 0),
        ("custom-objects", "core", 0),
        ("custom-objects", "growth", 15),
        ("custom-objects", "plus", None),
        ("custom-objects", "super", None),
        ("active-flows", "starter", 0),
        ("active-flows", "core", 0),
        ("active-flows", "growth", 0),
        ("active-flows", "plus", 10),
        ("active-flows", "super", None),
    ],
)
def test_a_plan_limit_is_the_published_one(
    catalogue: Catalogue, restriction: str, plan: str, limit: int | None
) -> None:
    entry = next(entry for entry in catalogue.restrictions if entry.code == restriction)

    assert entry.limit(plan) == limit


def test_the_five_metered_services_are_listed_and_only_storage_is_measured() -> None:
    services = read_services()

    assert [service.kind for service in services] == ["gauge", "sum", "sum", "sum", "sum"]
    assert [service.sort_order for service in services] == [1, 2, 3, 4, 5]
