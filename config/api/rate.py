"""How often somebody may ask: a count per minute in the cache, which every process shares."""

import math
import time
from typing import Final

from django.core.cache import cache
from django.utils.translation import gettext as _

from config.api.problems import TOO_MANY, Problem

SECONDS: Final = 60


def count_request(who: str, *, most: int) -> None:
    """Count one request of this minute. Raises Problem for each beyond `most`, with the time until the next minute.

    The counting is one step of the cache's, so of any number at once exactly `most` pass. Without its server each
    process counts alone (config/cache.py).
    """
    window, gone = divmod(time.time(), SECONDS)
    if _counted(f"api-requests:{who}:{int(window)}") > most:
        wait = math.ceil(SECONDS - gone)
        detail = _("At most %(most)s requests a minute. Try again in %(wait)s seconds.") % {"most": most, "wait": wait}
        raise Problem(TOO_MANY, detail, headers={"Retry-After": str(wait)})


def _counted(key: str) -> int:
    try:
        return cache.incr(key)
    except ValueError:
        # The first of this minute: of several at once one adds the key, and all of them count.
        cache.add(key, 0, timeout=2 * SECONDS)
        return cache.incr(key)
