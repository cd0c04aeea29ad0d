"""What axe and a ruler find on a page."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

AXE = Axe()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = (1280, 360)
SCHEMES = ("light", "dark")
END_TRANSITIONS = "document.getAnimations().forEach((each) => each instanceof CSSTransition && each.finish())"
"""So that no colour is caught on its way from one scheme to the other."""


def violations(page: Page) -> list[str]:
    """What axe and the measuring of the page find, in each scheme and width."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        sticks_out = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if sticks_out > 0:
            found.append(f"{width}: {sticks_out} px stick out")
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.evaluate(END_TRANSITIONS)
            answer = AXE.run(page, options={"runOnly": RULES, "resultTypes": ["violations"]}).response
            found += [
                f"{width} {scheme}: {violation['id']} at {node['target']}: {node['failureSummary']}"
                for violation in answer["violations"]
                for node in violation["nodes"]
            ]
    return found
