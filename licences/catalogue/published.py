"""The catalogue that this release ships."""

from functools import cache
from pathlib import Path

from licences.catalogue.checks import check_catalogue
from licences.catalogue.entries import Catalogue
from licences.catalogue.files import read_catalogue


@cache
def published_catalogue() -> Catalogue:
    """The catalogue of the files in this folder, read and checked once per process; raises CatalogueError."""
    catalogue = read_catalogue(Path(__file__).parent)
    check_catalogue(catalogue)
    return catalogue
