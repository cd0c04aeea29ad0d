"""`python -m benchmarks.usage_admin`: how long lists of usage take in Django admin, over 1,000,000 events, as many that
were refused, and 540,000 days.

The bound: 100 ms for the median page, with and without a filter by service, by tenant and by reason, on the newest page
and deep inside. Beside it, in the same run and on the same rows, a stock change list as Django makes it. Needs
DATABASE_URL and REDIS_URL; works in a scratch database of its own. Whole requests are measured, as support staff make
them. The machine may have other things to do, so the best of three blocks counts; all are printed.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from benchmarks.screen.measure import Page

BUDGET_SECONDS, BLOCKS = 0.1, 3
OURS, STOCK = "/admin/metering/", "/admin/stock-events/"
LISTS = {"usageevent": "events", "usageday": "days", "uncountedevent": "refused"}

type Queries = Mapping[str, Mapping[str, int | str]]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.usage_admin", description="Measure lists of usage.")
    parser.add_argument("--events", type=int, default=1_000_000, help="how many there are (default 1,000,000)")
    parser.add_argument("--rounds", type=int, default=15, help="how often each page is asked for (default 15)")
    parser.add_argument("--plans", action="store_true", help="print how PostgreSQL finds the rows")
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.screen.settings"
    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from benchmarks.screen.measure import measure
    from benchmarks.screen.proof import machine, scratch_database
    from benchmarks.screen.tenants import settle
    from benchmarks.usage_admin.rows import make_rows

    settings.ROOT_URLCONF = "benchmarks.usage_admin.urls"
    settings.SUPPORT_MFA_OPTIONAL = True
    with scratch_database():
        call_command("collectstatic", interactive=False, verbosity=0)
        tenants, services = make_rows(options.events)
        settle()
        if options.plans:
            tell_plans(list(asked_for(tenants, services, options.events)))
        for block in range(1, BLOCKS + 1):
            pages = list(asked_for(tenants, services, options.events))
            measure(pages, rounds=options.rounds)
            print(f"Block {block}, {options.events:,} events, {options.rounds} rounds, {machine()}")
            if tell(pages):
                return 0
    return 1


def queries(tenants: list[int], services: list[int]) -> dict[str, Queries]:
    """What each list is narrowed to, by name."""
    from benchmarks.usage_admin.rows import LARGE, MEDIUM, QUIET, RARE, SMALL

    of_tenants: Queries = {
        "everything": {},
        "a large tenant": {"tenant__id__exact": tenants[LARGE]},
        "a tenant of 2 %": {"tenant__id__exact": tenants[MEDIUM]},
        "a small tenant": {"tenant__id__exact": tenants[SMALL]},
        "a quiet tenant": {"tenant__id__exact": tenants[QUIET]},
    }
    small, rare = {"tenant__id__exact": tenants[SMALL]}, {"service__id__exact": services[-1]}
    of_services: Queries = {
        "a frequent service": {"service__id__exact": services[0]},
        "a rare service": rare,
        "a small tenant's rare service": small | rare,
    }
    return {
        "usageevent": {**of_tenants, **of_services},
        "usageday": {**of_tenants, **of_services},
        "uncountedevent": {
            **of_tenants,
            "a frequent reason": {"reason": "event-too-old"},
            "a rare reason": {"reason": RARE},
            "a large tenant's rare reason": {"tenant__id__exact": tenants[LARGE], "reason": RARE},
            "an ID": {"q": "mail-777"},
        },
    }


def asked_for(tenants: list[int], services: list[int], events: int) -> "Iterator[Page]":
    """Each list's newest page and one deep inside; and what the stock list has."""
    from benchmarks.screen.measure import Page
    from config.tenancy.scopes import support_scope
    from licences.models import User

    said = {"full_name": "Support", "email": "support@vendor.example", "role": User.Role.SUPPORT}
    with support_scope("the benchmark makes a member of support"):
        user, _ = User.objects.get_or_create(login_id="support", defaults=said)
    for model, narrowed in queries(tenants, services).items():
        for name, which in narrowed.items():
            query = "&".join(f"{field}={value}" for field, value in which.items())
            address, deep = f"{OURS}{model}/?{query}", f"&before={events // 4}"
            yield Page(f"{LISTS[model]}: {name}", user, address)
            yield Page(f"{LISTS[model]}: {name}, deep", user, address + deep)
    yield Page("stock: everything", user, STOCK)
    yield Page("stock: everything, deep", user, f"{STOCK}?p={events // 100}")
    yield Page("stock: a frequent service", user, f"{STOCK}?service__id__exact={services[0]}")


def tell(pages: "list[Page]") -> bool:
    """Print every page; whether each of ours is within the bound."""
    print(f"{'list':<46}{'statements':>10}{'median ms':>11}{'95 % ms':>9}")
    for page in pages:
        print(f"{page.name:<46}{page.statements:>10}{1000 * page.median:>11.1f}{1000 * page.p95:>9.1f}")
    slowest = max((page for page in pages if page.address.startswith(OURS)), key=lambda page: page.median)
    held = slowest.median <= BUDGET_SECONDS
    print(
        f"{'holds' if held else 'BROKEN'}: the slowest median is {1000 * slowest.median:.1f} ms ({slowest.name}); "
        f"bound {1000 * BUDGET_SECONDS:.0f} ms"
    )
    sys.stdout.flush()
    return held


def tell_plans(pages: "list[Page]") -> None:
    """How PostgreSQL finds the rows of each of our lists."""
    from django.apps import apps
    from django.contrib import admin
    from django.test import RequestFactory

    from config.tenancy.scopes import support_scope

    for page in pages:
        if page.address.startswith(OURS):
            request = RequestFactory().get(page.address)
            request.user = page.user
            model = apps.get_model("metering", page.address.removeprefix(OURS).partition("/")[0])
            with support_scope("the benchmark looks at plans"):
                rows = admin.site.get_model_admin(model).get_changelist_instance(request).queryset[:51]
                print(f"--- {page.name}", rows.explain(analyze=True, costs=False, timing=False), sep="\n")


if __name__ == "__main__":
    sys.exit(main())
