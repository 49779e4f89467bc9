"""The report page in a real browser: Debian's chromium, driven by Playwright."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from bxnn.compiler.driver import compile_model

pytestmark = pytest.mark.slow
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
LARGEST = 1_500_000  # bytes of a page
COLOUR = re.compile(r"rgba?\(([^)]*)\)")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        found = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="module", params=["jet_tagger", "anomaly", "l1calo_tau", "lar_energy"])
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page") / "build"
    example = EXAMPLES / request.param
    compile_model(example / "model.h5", None, example / "design.yaml", folder)
    return folder / "report.html"


def opened(browser: Browser, report: Path, width: int = 1100, scheme: str = "light") -> tuple[Page, list[str]]:
    """The page, and everything that the console says."""
    said: list[str] = []
    page = browser.new_page(
        viewport={"width": width, "height": 900}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: said.append(request.url) if not request.url.startswith("file:") else None)
    page.goto(report.as_uri())
    return page, said


def test_the_page_is_small_and_fits_any_width(browser: Browser, report: Path) -> None:
    assert report.stat().st_size < LARGEST
    for width in (600, 1100):
        page, said = opened(browser, report, width)
        page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
        page.wait_for_function("document.querySelectorAll('[data-picture]').length === 0")
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.locator("svg.slots").count() == page.locator("details.picture").count()
        paint = page.evaluate("performance.getEntriesByType('paint')[0].startTime")
        assert said == [] and paint < 10_000  # a tenth of that on an idle machine
        page.close()


def test_tables_sort_and_contents_open(browser: Browser, report: Path) -> None:
    page, said = opened(browser, report)
    head = page.locator("#table-layers thead th").nth(4)
    cells = page.locator("#table-layers tbody tr td:nth-child(5)")
    head.click()
    rising = [int(text) for text in cells.all_inner_texts()]
    head.click()
    assert rising == sorted(rising) == [int(text) for text in cells.all_inner_texts()][::-1]
    page.evaluate("document.getElementById('table-ports').open = false")
    page.locator("nav button[data-part=table-ports]").click()
    assert page.evaluate("document.getElementById('table-ports').open") and said == []
    page.close()


def luminance(colour: str) -> float:
    """Source: WCAG 2.2, relative luminance."""
    match = COLOUR.search(colour)
    assert match is not None
    parts = [float(part) / 255 for part in match[1].split(",")[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


CONTRASTS = """() => {
  const clear = (node) => getComputedStyle(node).backgroundColor === 'rgba(0, 0, 0, 0)';
  const texts = document.querySelectorAll('h1, .tile b, .tile span, p.sub, td, th, nav button, .bar i');
  return [...texts].map((node) => {
    let under = node;
    while (clear(under) && under.parentElement) under = under.parentElement;
    return [getComputedStyle(node).color, getComputedStyle(under).backgroundColor];
  });
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read(browser: Browser, report: Path, scheme: str) -> None:
    page, _ = opened(browser, report, scheme=scheme)
    for pair in {tuple(pair) for pair in page.evaluate(CONTRASTS)}:
        darker, lighter = sorted(map(luminance, pair))
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5, pair
    page.close()


def test_paper_has_every_column(browser: Browser, report: Path) -> None:
    page, _ = opened(browser, report, width=718)  # A4 less its margins
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    beyond = (
        "[...document.querySelectorAll('th, td')].filter((cell) => cell.getBoundingClientRect().right > 718).length"
    )
    assert page.evaluate(beyond) == 0
    assert page.locator("main > details:not([open])").count() == 0
    assert page.pdf(format="A4", prefer_css_page_size=True).startswith(b"%PDF")
    page.close()
