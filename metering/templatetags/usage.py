"""`{{ card.used|quantity }}`, `{{ total|money:currency }}`: numbers of metered services in templates."""

from django import template

from metering.figures import about_text, amount_text, money_text, quantity_text, signed_text

register = template.Library()
register.filter("quantity", quantity_text)
register.filter("about", about_text)
register.filter("signed", signed_text)
register.filter("money", money_text)
register.filter("amount", amount_text)
