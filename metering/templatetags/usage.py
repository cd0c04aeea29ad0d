"""`{{ card.used|quantity }}`, `{{ total|money:currency }}`: numbers of metered services in templates."""

from django import template

from metering.figures import (
    amount_text,
    fixed_text,
    money_text,
    quantity_text,
    roughly_text,
    signed_money_text,
    signed_text,
)

register = template.Library()
register.filter("quantity", quantity_text)
register.filter("roughly", roughly_text)
register.filter("fixed", fixed_text)
register.filter("signed", signed_text)
register.filter("money", money_text)
register.filter("signed_money", signed_money_text)
register.filter("amount", amount_text)
