"""Addresses of the metered services."""

from django.urls import path, register_converter

from metering.periods import Month
from metering.views import dashboard, invoice_files, invoices, journey, service, uncounted

app_name = "metering"


class MonthInAddress:
    """A month as everywhere: “2026-11”."""

    regex = r"[0-9]{4}-[0-9]{2}"

    def to_python(self, text: str) -> Month:
        month = Month.parse(text)
        if month is None:
            raise ValueError(text)
        return month

    def to_url(self, month: Month | str) -> str:
        return str(month)


register_converter(MonthInAddress, "month")

urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("services.csv", dashboard.dashboard_csv, name="dashboard_csv"),
    path("events/", journey.events, name="events"),
    path("not-counted/", uncounted.uncounted, name="uncounted"),
    path("not-counted.csv", uncounted.uncounted_csv, name="uncounted_csv"),
    path("invoices/", invoices.invoices, name="invoices"),
    path("invoices.csv", invoice_files.invoices_csv, name="invoices_csv"),
    path("invoices/<month:month>/", invoices.invoice, name="invoice"),
    path("invoices/<month:month>.csv", invoice_files.lines_csv, name="invoice_csv"),
    path("invoices/<month:month>.pdf", invoice_files.invoice_pdf, name="invoice_pdf"),
    path("invoices/<month:month>/<slug:code>/", invoices.line, name="invoice_line"),
    path("invoices/<month:month>/<slug:code>.csv", invoice_files.days_csv, name="invoice_days_csv"),
    path("invoices/<month:month>/<slug:code>/events.csv", invoice_files.events_csv, name="invoice_events_csv"),
    path("<slug:code>/", service.service, name="service"),
    path("<slug:code>/days.csv", service.days_csv, name="days_csv"),
    path("<slug:code>/months.csv", service.history_csv, name="history_csv"),
    path("<slug:code>/events.csv", service.events_csv, name="events_csv"),
]
