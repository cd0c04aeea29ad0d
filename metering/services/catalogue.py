"""Loads metered services and tariffs together with the licence catalogue: one command brings all up to date."""

from dataclasses import dataclass
from pathlib import Path

from licences.catalogue.entries import Named
from licences.catalogue.files import DataFile
from licences.catalogue.published import published_catalogue
from licences.catalogue.service_level import published_service_level
from licences.services.catalogue import Changes, loading, put_catalogue, put_rows
from licences.services.service_clocks import follow_calendars
from licences.services.service_level import put_service_level
from metering.models import MeteredService
from metering.services.catalogue_tariffs import put_tariffs, read_tariffs

FOLDER = Path(__file__).parent.parent / "catalogue"


@dataclass(frozen=True, kw_only=True)
class ServiceEntry(Named):
    unit: str
    kind: str
    description: str
    sort_order: int


def read_services() -> tuple[ServiceEntry, ...]:
    """The metered services of catalogue/services.toml, in its order; raises CatalogueError."""
    return DataFile(FOLDER, FOLDER / "services.toml", tables=("service",)).rows("service", ServiceEntry)


def load_catalogue() -> Changes:
    """Bring licence types, plans, limits, the promise of the support desk and metered services in line with the files
    and publish the tariffs that are missing, in one transaction; then hold open requests to the calendar as it is now.

    A second run changes nothing; a tariff that is published never changes. Raises CatalogueError, and then nothing
    has changed.
    """
    catalogue, services, promise = published_catalogue(), read_services(), published_service_level()
    tariffs = read_tariffs(FOLDER)
    with loading() as changes:
        put_catalogue(catalogue, changes)
        put_service_level(promise, changes)
        metered = [
            MeteredService(
                code=entry.code,
                name=entry.name,
                unit=entry.unit,
                kind=entry.kind,
                description=entry.description,
                sort_order=entry.sort_order,
            )
            for entry in services
        ]
        put_rows(metered, key=("code",), changes=changes, number="sort_order")
        put_tariffs(tariffs, metered, changes)
    follow_calendars()
    return changes
