"""What axe and a ruler find on a page."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.proof import PROOF

LOAD_AXE = Axe().axe_script
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN_AXE = "options => axe.run(options).then(found => found.violations)"
WIDTHS = (1280, 360)
SCHEMES = ("light", "dark")
END_TRANSITIONS = "document.getAnimations().forEach((each) => each instanceof CSSTransition && each.finish())"
"""So that no colour is caught on its way from one scheme to the other."""


def violations(page: Page) -> list[str]:
    """What axe and the measuring of the page find in each width and scheme: in each of both with full counts."""
    page.evaluate(LOAD_AXE)
    found = []
    for width, schemes in _looks(page):
        page.set_viewport_size({"width": width, "height": 800})
        sticks_out = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if sticks_out > 0:
            found.append(f"{width}: {sticks_out} px stick out")
        for scheme in schemes:
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.evaluate(END_TRANSITIONS)
            answer: list[dict[str, Any]] = page.evaluate(RUN_AXE, {"runOnly": RULES, "resultTypes": ["violations"]})
            found += [
                f"{width} {scheme}: {violation['id']} at {node['target']}: {node['failureSummary']}"
                for violation in answer
                for node in violation["nodes"]
            ]
    return found


def _looks(page: Page) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Else one page is light when wide and dark when narrow and the next is not, so that what they share is both."""
    turn = len(urlsplit(page.url).path) % 2
    for place, width in enumerate(WIDTHS):
        yield width, SCHEMES if PROOF else (SCHEMES[(place + turn) % 2],)
