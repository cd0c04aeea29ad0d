"""How a mistake in the catalogue's files is reported, before anything is loaded."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import licences.catalogue
from licences.catalogue.checks import check_catalogue
from licences.catalogue.files import CatalogueError, read_catalogue

FOLDER = Path(licences.catalogue.__file__).parent

Edit = Callable[[str, str, str], Path]


@pytest.fixture
def edited(tmp_path: Path) -> Edit:
    """A copy of the catalogue's folder in which one text of one file is replaced."""

    def edit(name: str, old: str, new: str) -> Path:
        folder = tmp_path / "catalogue"
        shutil.copytree(FOLDER, folder)
        text = (folder / name).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        (folder / name).write_text(text.replace(old, new), encoding="utf-8")
        return folder

    return edit


@pytest.mark.parametrize(
    ("name", "old", "new", "complaint"),
    [
        ("owners.toml", 'code = "tindekart"', 'code = "Tinde kart"', "owners.toml, owner 2 (Tinde kart): the code"),
        ("owners.toml", "is_vendor = true", "is_vendor = false", "exactly one owner is the vendor, not 0"),
        ("licence_types/suite.toml", 'owner = "superoffice"', 'owner = "nobody"', "there is no owner 'nobody'"),
        (
            "licence_types/sales.toml",
            'name = "Sale Editing"',
            'nam = "Sale Editing"',
            "licence_types/sales.toml, licence 3 (sale-cal): unknown key 'nam'",
        ),
        (
            "licence_types/sales.toml",
            'name = "Sale Editing"\n',
            "",
            "licence_types/sales.toml, licence 3 (sale-cal): 'name' is missing",
        ),
        (
            "licence_types/sales.toml",
            "sort_order = 53",
            'sort_order = "53"',
            "licence_types/sales.toml, licence 3 (sale-cal): 'sort_order' is of the wrong type",
        ),
        (
            "licence_types/sales.toml",
            "sort_order = 53",
            "sort_order = 1",
            "the sort order of this owner is already that of licence_types/",
        ),
        (
            "licence_types/sales.toml",
            'code = "sale-cal"',
            'code = "sale"',
            "the code of this owner is already that of licence_types/sales.toml, licence 2 (sale)",
        ),
        ("licence_types/sales.toml", 'name = "Sale Editing"', 'name = " "', "(sale-cal): 'name' is empty"),
        (
            "licence_types/sales.toml",
            'role = "plan"',
            'role = "plans"',
            "(ten-sales): the role 'plans' is none of",
        ),
        (
            "licence_types/site.toml",
            'requires = "reporter-studio"',
            'requires = "reporter"',
            "(reporter-studio-user): it requires 'reporter', which superoffice does not have",
        ),
        (
            "licence_types/earlier.toml",
            'requires = "windows"',
            'requires = "remote-travel"',
            "(travel): its prerequisites run in a circle: travel → remote-travel → travel",
        ),
        (
            "licence_types/tindekart.toml",
            'kind = "site"',
            'kind = "local"',
            "licence_types/tindekart.toml, licence 2 (tile-store): the kind 'local' is none of",
        ),
        ("licence_types/ai.toml", '[[licence]]\ncode = "ai"', '[[licences]]\ncode = "ai"', "licence_types/ai.toml: "),
        ("licence_types/ai.toml", "sort_order = 112", "sort_order =", "licence_types/ai.toml: "),
        (
            "solutions.toml",
            'marker = "sales-t1"',
            'marker = "sale"',
            "solutions.toml, solution_tier 1: 'sale' is a feature, a tier_marker is wanted",
        ),
        (
            "solutions.toml",
            'solution = "sales"\ntier = 2',
            'solution = "sale"\ntier = 2',
            "there is no solution 'sale'",
        ),
        (
            "solutions.toml",
            'user = ["sale-cal"]',
            'user = ["sale"]',
            "solutions.toml, solution_tier 1: 'sale' is a system licence, a user licence is wanted",
        ),
        (
            "solutions.toml",
            'user = ["mktg-auto-cal"]',
            "user = []",
            "plans.toml, stated 3: solutions.toml disagrees about mktg-auto-cal",
        ),
        (
            "plans.toml",
            'code = "ten-service"',
            'code = "ten-servic"',
            "plans.toml, plan 2 (ten-servic): there is no licence 'ten-servic'",
        ),
        ("add_ons.toml", '"scim"', '"scimm"', "(expander-services): there is no licence 'scimm'"),
        ("add_ons.toml", 'source = "expander-services"', 'source = "hearsay"', "the source 'hearsay' is not in"),
        ("suite_plans.toml", "rank = 5", "rank = 4", "(super): the rank is already that of suite_plans.toml, "),
        (
            "suite_plans.toml",
            'seat_licence = "core"',
            'seat_licence = "suite-core"',
            "(core): 'suite-core' is a system licence, a user licence is wanted",
        ),
        ("restrictions.toml", "starter = 3", "starters = 3", "(dashboards): its limits must name each Suite plan"),
        ("restrictions.toml", "growth = 15", "growth = -15", "(custom-objects): the limit of growth must be"),
        ("restrictions.toml", "core = 100", 'core = "none"', "(active-projects): the limit of core must be"),
    ],
)
def test_a_mistake_is_reported_with_its_file_and_row(
    edited: Edit, name: str, old: str, new: str, complaint: str
) -> None:
    folder = edited(name, old, new)

    with pytest.raises(CatalogueError) as caught:
        check_catalogue(read_catalogue(folder))

    assert complaint in str(caught.value)


def test_a_missing_file_is_reported_by_name(edited: Edit) -> None:
    folder = edited("add_ons.toml", '"scim"', '"scim"')
    (folder / "add_ons.toml").unlink()

    with pytest.raises(CatalogueError, match=r"^add_ons\.toml: "):
        read_catalogue(folder)
