"""The template tag `{% lucide %}`, with each icon drawn once: the library builds its SVG anew wherever it is shown."""

from functools import lru_cache

from django import template
from lucide.templatetags.lucide import lucide

register = template.Library()
register.simple_tag(lru_cache(maxsize=256)(lucide), name="lucide")
