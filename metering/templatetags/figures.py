"""`{{ line.used|quantity }}`, `{{ total|money:currency }}`: numbers of metered services in templates."""

from django import template

from metering.figures import amount_text, money_text, price_text, quantity_text

register = template.Library()
register.filter("quantity", quantity_text)
register.filter("money", money_text)
register.filter("amount", amount_text)
register.filter("price", price_text)
