"""Draw the invoice of one tenant's month: what is tried again by hand. The sweep draws them by the hundred, with the
same system event (notifications/services/month_closes.py)."""

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from metering.models import Invoice, MeteredService
from metering.reports.recounts.mismatches import Mismatch
from metering.services.closing import TooEarly, close
from metering.services.differences import note_differences
from notifications.event_kinds import Cancelling
from notifications.models import Job
from notifications.services.job_kinds import JobFailed, JobKind, Step
from notifications.services.month_closes import month_of, told_invoice, told_mismatches


class MonthClose(JobKind):
    """Its subject is the month as yyyymm. It is one step: the invoice is there, wholly, or not at all."""

    code = "month_close"
    key = "MonthClose"
    name = gettext_lazy("Month close")
    description = gettext_lazy(
        "The month's usage of each metered service is counted again from its events, and its invoice is drawn."
    )
    cancelling = Cancelling.CANNOT
    warning = gettext_lazy("It takes a moment only, and is done wholly or not at all.")

    def __init__(self) -> None:
        self._mismatches: list[Mismatch] = []

    def total(self, job: Job) -> int:
        return 1

    def step(self, job: Job) -> Step | None:
        if job.cursor:
            return None
        tenant = job.event.tenant
        try:
            closed = close([tenant], month_of(job.subject))
        except TooEarly:
            raise JobFailed(_("Usage of this month may still come: it is closed three days after its end.")) from None
        if closed.held_back:
            raise JobFailed(_("An earlier month has no invoice yet. That one comes first."))
        if closed.mismatches:
            self._mismatches = closed.mismatches
            raise JobFailed(told_mismatches(closed.mismatches, MeteredService.objects.in_bulk()))
        return Step(cursor=1, rows=1)

    def summary(self, job: Job) -> str:
        month = month_of(job.subject)
        invoice = Invoice.objects.filter(tenant=job.event.tenant, month=month.first).first()
        if invoice is None:
            return _("There was nothing to invoice.")
        return told_invoice(month, lines=invoice.lines.filter(tenant=job.event.tenant).count())

    def on_end(self, job: Job) -> None:
        note_differences(self._mismatches, found_by="month close", at=timezone.now())
