"""`{{ card.used|quantity }}`, `{{ total|money:currency }}`: numbers of metered services in templates, and
`{{ row.reason|reason }}`: why something was not counted."""

from django import template

from metering.figures import about_text, amount_text, fixed_text, money_text, quantity_text, roughly_text, signed_text
from metering.reports.events.reasons import words_of

register = template.Library()
register.filter("quantity", quantity_text)
register.filter("about", about_text)
register.filter("roughly", roughly_text)
register.filter("fixed", fixed_text)
register.filter("signed", signed_text)
register.filter("money", money_text)
register.filter("amount", amount_text)
register.filter("reason", words_of)
