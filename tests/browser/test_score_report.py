"""The page of `laurea score --report`: on a wide screen and on a telephone, in light and dark, without a network."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Browser

from laurea.cli import main

pytestmark = pytest.mark.browser
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "score-sheets.csv"

# Words of a plot that stand outside it, or over one another: pairs of what is wrong and the words.
LOOK = """() => [...document.querySelectorAll('svg')].flatMap(svg => {
  const frame = svg.getBoundingClientRect();
  const words = [...svg.querySelectorAll('text')].map(one => [one.textContent, one.getBoundingClientRect()]);
  const out = words.filter(([_, b]) => b.left < frame.left - 1 || b.right > frame.right + 1 || b.top < frame.top - 1
    || b.bottom > frame.bottom + 1).map(([text]) => ['outside', text]);
  const over = words.flatMap(([one, a], place) => words.slice(place + 1).filter(([_, b]) =>
    a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3)
    .map(([two]) => ['over', one + ' | ' + two]));
  return [...out, ...over];
})"""


@pytest.fixture(scope="module", params=["short names", "long names"])
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    sheets = pl.read_csv(EXAMPLE)
    if request.param == "long names":
        sheets = sheets.with_columns(
            application_id=pl.col("application_id") + "-a-very-long-name-of-an-application-with-hyphens",
            juror_id="J" + pl.col("juror_id").str.slice(2).str.pad_start(40, "0"),
        )
    sheets.write_csv(folder / "sheets.csv")
    words = ["score", folder / "sheets.csv", "--cut", "25%", "--report", folder / "r.html", "-o", folder / "o.csv"]
    with pytest.raises(SystemExit) as end:
        main([str(word) for word in words])
    assert not end.value.code
    return folder / "r.html"


@pytest.mark.parametrize("width", [360, 390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_fits_and_every_word_of_a_plot_can_be_read(
    chromium: Browser, report: Path, width: int, scheme: str
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda line: said.append(line.text))
    page.goto(report.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.locator("svg").count() == 4
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate(LOOK) == []
    assert page.locator("#cut svg").get_attribute("role") == "img"
    ink, paper = page.evaluate(
        "[getComputedStyle(document.querySelector('#cut svg text')).fill, "
        "getComputedStyle(document.querySelector('section')).backgroundColor]"
    )
    assert (sum(map(int, ink[4:-1].split(","))) > sum(map(int, paper[4:-1].split(",")))) == (scheme == "dark")
    assert asked == [report.as_uri()]
    assert said == []
    context.close()
