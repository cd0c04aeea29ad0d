"""A drawn invoice on paper: A4, the same bytes however often it is asked for. Customer and time zone are as they were
when it was drawn, the language is the tenant's; names and units of services are those of the catalogue.

The fonts are those that every reader of PDF has, with the letters of Western and Northern Europe (Windows-1252); what
they do not have is written with the letter beneath its accents, or as a question mark.
"""

import unicodedata
from typing import Final
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from fpdf import FPDF

from licences.models import LicenceOwner, Tenant
from metering.figures import amount_text, quantity_text
from metering.models import Invoice, InvoiceLine
from metering.rating import Terms
from metering.reports.invoices.line_rows import LineRow, rows_of
from metering.reports.invoices.shown import ShownInvoice

FONT: Final = "helvetica"
ENCODING: Final = "windows-1252"
MARGIN: Final = 18
ROW: Final = 6.0
SMALL: Final = 4.2
COLUMNS: Final = (49, 23, 23, 30, 14, 17, 18)
"""Widths in millimetres: the service, five numbers and the amount."""
GREY: Final = 110
PLAINER: Final = {"\u2212": "-", "\u00a0": " ", "\u2192": ">"}


def pdf_of(tenant: Tenant, shown: ShownInvoice) -> bytes:
    """The invoice as a file."""
    assert shown.invoice is not None  # noqa: S101 - a draft has no paper
    with translation.override(tenant.language):
        paper = _Paper(shown.invoice)
        paper.add_page()
        _write_head(paper, tenant, shown)
        _write_column_heads(paper, shown.currency)
        for row in rows_of(shown.lines):
            _write_line(paper, row, shown.currency)
        _write_total(paper, shown)
        return bytes(paper.output())


def printable(text: str) -> str:
    """The text with what the fonts have."""
    return "".join(map(_printable, text))


def _printable(character: str) -> str:
    character = PLAINER.get(character, character)
    for each in (character, unicodedata.normalize("NFKD", character)[:1]):
        if each.isprintable() and each.encode(ENCODING, "ignore"):
            return each
    return "?"


class _Paper(FPDF):
    """Pages with a foot; `say` writes what the fonts have."""

    def __init__(self, invoice: Invoice) -> None:
        super().__init__(format="A4")
        self.invoice = invoice
        self.core_fonts_encoding = ENCODING
        self.set_margin(MARGIN)
        self.set_auto_page_break(auto=True, margin=MARGIN + 4)
        self.set_title(printable(invoice.number))
        self.set_creation_date(invoice.finalised_at)
        self.set_lang("en-GB")
        self.set_font(FONT, size=9)

    def footer(self) -> None:
        self.set_y(-MARGIN)
        self.set_font(FONT, size=7.5)
        self.set_text_color(GREY)
        said = _("Each line opens down to its days and events in the Licences console.")
        self.say(said, self.epw - 50)
        self.say(f"{self.invoice.number} · {self.page_no()}/{{nb}}", 50, align="R")
        self.set_text_color(0)

    def say(self, text: str, width: float, *, height: float = ROW, align: str = "L") -> None:
        """Text in one row, smaller where it does not fit."""
        text, size = printable(text), self.font_size_pt
        room = width - 2 * self.c_margin
        while self.get_string_width(text) > room and self.font_size_pt > size / 2:
            self.set_font_size(self.font_size_pt - 0.25)
        while self.get_string_width(text) > room and text:
            text = text[:-1]
        self.cell(width, height, text, align=align)
        self.set_font_size(size)


def _write_head(paper: _Paper, tenant: Tenant, shown: ShownInvoice) -> None:
    invoice = paper.invoice
    vendor = LicenceOwner.objects.filter(is_vendor=True).first()
    paper.set_font(FONT, "B", 20)
    paper.say(_("Usage invoice"), paper.epw / 2, height=10)
    paper.set_font(FONT, size=10)
    paper.say(vendor.name if vendor else "", paper.epw / 2, height=10, align="R")
    paper.ln(18)
    first, last = date_format(shown.month.first, "j F Y"), date_format(shown.month.last, "j F Y")
    facts = [
        (_("Customer"), invoice.customer_name),
        (_("Serial number"), tenant.serial_number),
        (_("Invoice number"), invoice.number),
        (_("Period"), _("%(first)s to %(last)s, in the time of %(zone)s") % _period(first, last, invoice)),
        (_("Final since"), date_format(invoice.finalised_at.astimezone(ZoneInfo(invoice.time_zone)), "j F Y, H:i")),
    ]
    for name, said in facts:
        paper.set_text_color(GREY)
        paper.set_font(FONT, size=9)
        paper.say(name, 38)
        paper.set_text_color(0)
        paper.set_font(FONT, "B" if name == facts[0][0] else "", 9)
        paper.say(said, paper.epw - 38)
        paper.ln(ROW)
    paper.ln(8)


def _period(first: str, last: str, invoice: Invoice) -> dict[str, str]:
    return {"first": first, "last": last, "zone": invoice.time_zone}


def _write_column_heads(paper: _Paper, currency: str) -> None:
    paper.set_font(FONT, "B", 8)
    heads = [_("Service"), _("Used"), _("Allowance"), _("Beyond allowance"), _("Blocks"), _("Price"), _("Amount")]
    _write_cells(paper, heads)
    paper.set_font(FONT, size=7.5)
    paper.set_text_color(GREY)
    paper.ln(SMALL)
    _write_cells(paper, ["", "", "", "", "", currency, currency])
    paper.set_text_color(0)
    _rule(paper, 0.35)


def _write_line(paper: _Paper, row: LineRow, currency: str) -> None:
    """Two rows, or three, which stay on one page."""
    line = row.line
    if paper.will_page_break(ROW + 3 * SMALL):
        paper.add_page()
        _write_column_heads(paper, currency)
    paper.set_font(FONT, size=9)
    price = "" if line.unit_price_minor is None else amount_text(line.unit_price_minor, currency)
    amount = amount_text(line.amount_minor, currency)
    _write_cells(paper, [line.service.name, row.used, row.allowance, row.overage, row.blocks, price, amount])
    paper.ln(ROW - 1)
    paper.set_font(FONT, size=7.5)
    paper.set_text_color(GREY)
    paper.say(row.label or line.service.unit, COLUMNS[0])
    paper.say("" if row.note else _basis(line), COLUMNS[1] + COLUMNS[2], align="R")
    if row.note:
        paper.ln(SMALL)
        paper.say(row.note, paper.epw)
    paper.set_text_color(0)
    _rule(paper, 0.1)


def _basis(line: InvoiceLine) -> str:
    """Where the allowance comes from."""
    if line.allowance is None:
        return _("no price agreed")
    terms, users = Terms.read(line.derivation["terms"]), int(line.derivation["allowance_basis"]["users"])
    if terms.steps:
        reached = terms.step(users).users
        return ngettext("step from %(from)s user", "step from %(from)s users", reached) % {
            "from": quantity_text(reached)
        }
    if not terms.per_user:
        return _("the same for any number of users")
    return f"{quantity_text(terms.base)} + {quantity_text(users)} × {quantity_text(terms.per_user)}"


def _write_total(paper: _Paper, shown: ShownInvoice) -> None:
    paper.ln(2)
    paper.set_font(FONT, "B", 11)
    paper.say(_("Total"), paper.epw - 60, height=8)
    paper.say(f"{shown.currency} {amount_text(shown.total_minor, shown.currency)}", 60, height=8, align="R")
    if shown.is_demo:
        paper.ln(10)
        paper.set_font(FONT, size=9)
        paper.say(_("Prices invented for demonstration."), paper.epw)


def _write_cells(paper: _Paper, texts: list[str]) -> None:
    for place, (text, width) in enumerate(zip(texts, COLUMNS, strict=False)):
        paper.say(text, width, align="R" if place else "L")


def _rule(paper: _Paper, width: float) -> None:
    paper.ln(SMALL + 1)
    paper.set_line_width(width)
    paper.line(paper.l_margin, paper.y, paper.l_margin + paper.epw, paper.y)
    paper.ln(1)
