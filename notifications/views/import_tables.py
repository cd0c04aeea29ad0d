"""Files to download around an import: the rows with faults, and an example to begin with."""

from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from config.csv_export import csv_response
from licences.access import ConsoleRequest, administrators_only
from notifications.imports import kind_of
from notifications.models import Import
from notifications.reports.import_tables import fault_header, fault_table, sample_table


@require_safe
@administrators_only
def import_faults(request: ConsoleRequest, import_id: int) -> StreamingHttpResponse:
    """Every row with a fault as it stands in the file, with its line and what is wrong."""
    imported = get_object_or_404(Import, tenant=request.tenant, pk=import_id)
    return csv_response(f"faults-{imported.pk}", fault_header(imported), fault_table(imported))


@require_safe
@administrators_only
def import_sample(request: ConsoleRequest) -> StreamingHttpResponse:
    """A file with the right headings and two rows, of the kind that is asked for."""
    kind = kind_of(request.GET.get("kind", ""), request.tenant)
    header, rows = sample_table(kind, request.tenant)
    return csv_response(f"{kind.code}-example", header, rows)
