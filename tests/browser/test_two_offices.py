"""A whole European year by browser: two national offices and the central one, without a line of script."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from laurea.store import tables as t
from laurea.store.engine import writing
from rules.ruleset import say
from tests.browser.serving import free_port
from tests.web import offices
from tests.web.offices import CODES, TITLES, Year

pytestmark = pytest.mark.browser
CENTRAL = f"/rounds/{CODES['css']}"
LINK = re.compile(r'<a [^>]*href="(/[^"]*)"')
PAPER = re.compile(r"\.zip|/kit/files/|/certificates/[^/?]+/|/parcels/[^/]+/letter")
ALIKE = 4  # pages of one shape
OTHER = {"ge": "lv", "lv": "ge"}
NAMES = {"ge": "Georgian Office", "lv": "Latvian Office"}
CHOSEN = {"ge": ("Vardzia by night", "The salt road"), "lv": ("Winter market", "Bridges of Gauja")}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Year]:
    """Two released national rounds, and a central round that takes applications."""
    found = offices.seed(tmp_path, port=free_port())
    yield found
    found.engine.dispose()


def shape(path: str) -> str:
    """Pages made by the same hand have the same shape: numbers, and what is asked for, do not count."""
    room, _, asked = path.partition("?")
    room = re.sub(r"/letters/templates/[^/]+/[^/]+", "/letters/templates/*", room)
    return re.sub(r"\d+", "#", room) + "?" + "&".join(sorted(part.partition("=")[0] for part in asked.split("&")))


def everything(page: Page) -> dict[str, str]:
    """What can be reached from the rooms of an office, by its address: of each shape the first few."""
    seen: dict[str, str] = {}
    met: Counter[str] = Counter()
    due = ["/rounds", "/handovers", "/figures", "/offices"]
    while due:
        path = due.pop()
        if path in seen or path == "/" or path.startswith(("/certificates/", "/results/", "/gallery", "/api")):
            continue  # what is public names everybody's results
        if "language=" in path or PAPER.search(path):
            continue  # the same page once more; a drawing, in which no word could be found
        met[shape(path)] += 1
        if met[shape(path)] > ALIKE:
            continue
        answer = page.request.get(path, max_redirects=5)
        seen[path] = answer.text()
        if "text/html" not in answer.headers["content-type"]:
            continue
        due += [unescape(link).split("#")[0] for link in LINK.findall(seen[path])]
    return seen


def strangers(page: Page, office: str) -> list[tuple[str, str]]:
    """Where an officer's pages name the other office's projects, officer or applicants: (address, word)."""
    pages, other = everything(page), OTHER[office]
    own = {title for title in TITLES[office] if any(title in text for text in pages.values())}
    assert own == set(TITLES[office]), "the walk reaches the office's own applications"
    words = [*TITLES[other], offices.PEOPLE[other], CODES[other], f"{other.upper()}-0", f"juror-{other}@"]
    return [(path, word) for path, text in pages.items() for word in words if word in text]


def nominate(page: Page, office: str, place: Year) -> None:
    """Answer the list: too many are refused with the clause, then the office's own choice goes up."""
    page.goto("/handovers")
    page.get_by_role("listitem").filter(has_text="asks which projects you nominate").get_by_role("link").click()
    expect(page.get_by_text("2 places of 8 projects")).to_be_visible()
    boxes = page.get_by_role("checkbox")
    expect(boxes).to_have_count(4)  # four of eight have labels in two countries and more than 20 points
    for box in boxes.all()[:3]:
        box.check()
    page.get_by_role("button", name="Look at the choice").click()
    alarm = page.get_by_role("alert")
    expect(alarm).to_contain_text("You chose 3 projects, and there are only 2 places.")
    assert place.ruleset.selection is not None
    assert not isinstance(place.ruleset.selection, list)
    expect(alarm).to_contain_text(say(place.ruleset.selection.says))
    expect(alarm).to_contain_text(place.ruleset.selection.cite)
    for box in page.get_by_role("checkbox").all():
        box.uncheck()
    for title in CHOSEN[office]:
        page.get_by_role("checkbox", name=title).check()
    page.get_by_role("button", name="Look at the choice").click()
    expect(page.get_by_role("heading", name="Nominate these 2 projects?")).to_be_visible()
    page.get_by_role("button", name="Hand over", exact=True).click()
    expect(page.get_by_text("answered")).to_be_visible()


def test_a_whole_year_of_two_offices_and_the_central_one(visit: Callable[..., Page], place: Year) -> None:
    desks = {office: visit(place.officer[office], javascript=False) for office in ("ge", "lv")}
    central = visit(place.officer["css"], javascript=False)

    central.goto(f"{CENTRAL}/handovers")
    expect(central.get_by_text("nothing sent")).to_have_count(2)

    for office, page in desks.items():  # labels go up
        page.goto(f"/rounds/{CODES[office]}/handovers")
        expect(page.get_by_text("8 labels with their scores")).to_be_visible()
        page.get_by_role("button", name="Hand over").click()
        expect(page.get_by_text("not taken in yet")).to_be_visible()

    central.goto(f"{CENTRAL}/handovers")  # they become applications, and each office gets its list
    for office in desks:
        row = central.locator("section.card tr").filter(has_text=NAMES[office])
        expect(row).to_contain_text(f"by {offices.PEOPLE[office]}")  # who released and who handed over
    central.get_by_role("button", name="Take in").click()
    expect(central.get_by_text("2 places of 8 projects")).to_have_count(2)
    central.get_by_role("button", name="Send the lists").click()
    expect(central.get_by_role("row", name="Georgian Office")).to_contain_text("2 places")

    for office, page in desks.items():  # nominations go up
        nominate(page, office, place)

    central.goto("/handovers")
    expect(central.get_by_text("has nominated projects: European label 2026")).to_have_count(2)
    central.goto(f"{CENTRAL}/handovers")
    central.get_by_role("button", name="Take in").click()
    expect(central.locator("table .chip", has_text="taken in")).to_have_count(2)

    with writing(place.engine) as connection:  # the last day passes
        central_round = t.rounds.c.id == place.round_id
        over = place.now - timedelta(minutes=1)
        connection.execute(update(t.rounds).where(central_round).values(closes_at=over, review_until=over))
    central.goto(CENTRAL)
    central.get_by_role("button", name="Continue now").first.click()
    central.goto(f"{CENTRAL}/release")
    expect(central.get_by_text("16 decisions")).to_be_visible()
    central.get_by_role("checkbox").check()
    central.get_by_role("button", name="Release now").click()
    central.goto(f"{CENTRAL}/handovers")  # awards come down
    central.get_by_role("button", name="Hand over the awards").click()
    expect(central.get_by_role("button", name="Hand over the awards")).to_have_count(0)

    for office, page in desks.items():
        page.goto("/handovers")
        page.get_by_role("link", name="Awards").click()
        expect(page.locator("tbody tr")).to_have_count(2)
        for title in CHOSEN[office]:
            expect(page.get_by_role("row", name=title)).to_contain_text("European Quality Label")
        expect(page.locator("dl.facts")).to_contain_text("by Claire Dumont")
        page.get_by_role("link", name="Certificate").first.click()
        expect(page.get_by_text(CHOSEN[office][0])).to_be_visible()
        assert strangers(page, office) == []
        for path in (f"/rounds/{CODES[OTHER[office]]}", CENTRAL, f"/rounds/{CODES[OTHER[office]]}/applications"):
            assert page.request.get(path).status == 404
