"""What every screen must hold in every state, measured in the page: contrast, sizes, names, no scrolling."""

from pathlib import Path

from playwright.sync_api import Page

CONTRAST = 7.0
TARGET_PX = 64
TEXT_PX = 20

_MEASURE = Path(__file__).with_suffix(".js").read_text()


def problems(page: Page, *, may_scroll: bool = False, target_px: int = TARGET_PX, text_px: int = TEXT_PX) -> list[str]:
    """What is wrong with the page as it is now, in words; lists of a studio may scroll in their own panel.

    A screen for a desk, where nobody wears gloves, may have smaller targets and text.
    """
    found: list[str] = page.evaluate(_MEASURE, [CONTRAST, target_px, text_px, may_scroll])
    return found
