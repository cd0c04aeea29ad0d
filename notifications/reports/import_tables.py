"""Tables of imports to download: the rows with faults, and a file to begin with."""

from collections.abc import Iterator

from django.utils import timezone
from django.utils.translation import gettext as _

from config.csv_export import Cell
from config.tenancy.scopes import tenant_scope
from licences.models import Tenant
from licences.reports.user_licences import plans, user_licences
from notifications.imports.kinds import ImportKind
from notifications.models import Import, ImportBatch
from notifications.reports.import_faults import faults_in


def fault_header(imported: Import) -> list[str]:
    """The columns of the file, then two of ours, whatever the file calls its own."""
    ours = [_("Line"), _("What is wrong")]
    return [*imported.columns, *(name if name not in imported.columns else f"{name} (2)" for name in ours)]


def fault_table(imported: Import) -> Iterator[list[Cell]]:
    """The rows with faults as they stand in the file, each with its line and what is wrong. Each batch is read in a
    scope of its own, which is over before its first row leaves."""
    number = 0
    while True:
        with tenant_scope(imported.tenant_id):
            batches = ImportBatch.objects.filter(tenant=imported.tenant_id, of_import=imported, number__gt=number)
            batch = batches.order_by("number").first()
            rows = list(faults_in(batch, imported)) if batch else []
        if batch is None:
            return
        number = batch.number
        for row in rows:
            yield [*row.cells, row.line, row.text]


def sample_table(kind: ImportKind, tenant: Tenant) -> tuple[list[str], list[list[Cell]]]:
    """Headings that are recognised and two rows below them: users with plans that the tenant has, usage of today."""
    fields = kind.fields(tenant)
    owned = [licence.name for licence in plans(user_licences(tenant)).values()]
    now = f"{timezone.now().astimezone(tenant.zone):%Y-%m-%d %H:%M}"
    examples = {**kind.examples, "plans": (owned[0] if owned else "", ""), "time": (now, now)}
    rows: list[list[Cell]] = [[examples.get(field.code, ("", ""))[place] for field in fields] for place in range(2)]
    return [str(field.label) for field in fields], rows
