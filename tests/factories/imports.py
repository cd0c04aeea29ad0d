"""Files on their way in."""

import factory

from notifications.imports.packing import pack
from notifications.models import Import, ImportBatch, ImportMapping, ImportPiece
from tests.factories.tenants import LONG_AGO, TenantOwnedFactory


class ImportFactory(TenantOwnedFactory):
    """A file of users that has been read; its rows are in its batches."""

    class Meta:
        model = Import

    kind = "users"
    state = Import.State.READ
    file_name = factory.Sequence(lambda n: f"users-{n}.csv")
    size_bytes = 1_000
    created_at = LONG_AGO


class ImportPieceFactory(TenantOwnedFactory):
    class Meta:
        model = ImportPiece

    of_import = factory.SubFactory(ImportFactory, tenant=factory.SelfAttribute("..tenant"))
    number = factory.Sequence(lambda n: n)
    data = b"user id;full name\n"


class ImportBatchFactory(TenantOwnedFactory):
    class Meta:
        model = ImportBatch

    of_import = factory.SubFactory(ImportFactory, tenant=factory.SelfAttribute("..tenant"))
    number = factory.Sequence(lambda n: n + 1)
    first_line = 2
    size = 1
    rows = pack([["kari", "Kari Lund"]])


class ImportMappingFactory(TenantOwnedFactory):
    class Meta:
        model = ImportMapping

    kind = "users"
    headings = factory.Sequence(lambda n: f"{n:064x}")
    mapping = {"user_id": 0}
    match_by = "user_id"
    duplicates = Import.Duplicates.SKIP
