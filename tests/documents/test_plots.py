"""Plots as whoever embeds them relies on: well-formed, said in words, no script, and every figure at its place."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laurea.documents import drawing, plots
from laurea.documents.plots import Severity, Standing

SVG = "{http://www.w3.org/2000/svg}"
# Every character that XML cannot hold, or that has a meaning there, may stand in a file's ids.
names = st.text(min_size=1, max_size=30)
figures = st.floats(-1e6, 1e6, allow_nan=False)
errors = st.floats(0, 1e5, allow_nan=False)


def read(svg):
    """The plot as a tree, after what holds for all of them."""
    tree = ET.fromstring(svg)
    assert tree.tag == f"{SVG}svg"
    assert tree.get("role") == "img"
    title, described = tree.find(f"{SVG}title"), tree.find(f"{SVG}desc")
    assert tree.get("aria-labelledby").split() == [title.get("id"), described.get("id")]
    assert title.text
    assert described.text
    tags = {one.tag.removeprefix(SVG) for one in tree.iter()}
    assert tags <= {"svg", "title", "desc", "g", "line", "rect", "circle", "text"}
    assert not any(name.startswith("on") or name == "style" for one in tree.iter() for name in one.attrib)
    for one in tree.iter():
        for name in ("x", "x1", "x2", "cx"):
            if name in one.attrib:
                assert -1 <= float(one.get(name).removesuffix("%")) <= 101
    return tree


def words(tree):
    return [one.text for one in tree.iter(f"{SVG}text")]


def hints(tree):
    return [
        one.find(f"{SVG}title").text
        for one in tree.iter()
        if one.tag != f"{SVG}svg" and one.find(f"{SVG}title") is not None
    ]


@given(st.lists(st.tuples(names, figures, errors, st.integers(1, 500)), max_size=60))
def test_severity_is_well_formed_whatever_jurors_are_called(rows):
    tree = read(plots.severity([Severity(*row) for row in rows]))
    assert len(list(tree.iter(f"{SVG}circle"))) == min(len(rows), plots.MOST_JURORS)


@given(
    st.lists(
        st.tuples(
            names, st.integers(1, 99), figures, st.none() | errors, st.sampled_from(["above", "open", "below", ""])
        ),
        max_size=40,
    ),
    st.none() | figures,
)
def test_the_cut_line_is_well_formed_whatever_the_scores(rows, line):
    tree = read(plots.cut_line([Standing(*row) for row in rows], line))
    assert len(hints(tree)) == len(rows)


@given(st.lists(st.tuples(figures, figures), max_size=60))
def test_agreement_counts_every_application_once(marks):
    tree = read(plots.agreement(marks))
    assert sum(int(hint.split(": ")[1].split()[0]) for hint in hints(tree)) == len(marks)


@given(st.dictionaries(st.integers(0, 4000), st.integers(0, 300), max_size=40))
def test_loads_count_every_juror_once(histogram):
    tree = read(plots.loads(histogram))
    assert sum(int(hint.split()[0]) for hint in hints(tree)) == sum(histogram.values())


def test_severity_stands_where_it_belongs_and_the_widest_first():
    tree = read(
        plots.severity([Severity("calm", 0.1, 0.2, 9), Severity("kind", -2, 0.1, 8), Severity("hard", 1, 0.1, 7)])
    )
    assert [hint.split(":")[0] for hint in hints(tree)] == ["kind", "hard", "calm"]
    kind, hard, calm = (float(one.get("cx").removesuffix("%")) for one in tree.iter(f"{SVG}circle"))
    assert kind < calm < hard
    # Filled and coloured: those whose interval leaves out zero.
    filled = [one.get("fill") for one in tree.iter(f"{SVG}circle")]
    assert filled == [plots.CALM, plots.BAD, "none"]
    assert "2 whose interval leaves out" in tree.find(f"{SVG}desc").text
    assert "Widest: kind, −2.00 points" in tree.find(f"{SVG}desc").text


def test_scores_go_down_by_rank_and_the_line_lies_between():
    rows = [
        Standing("a", 1, 9.0, 0.5, "above"),
        Standing("b", 2, 6.0, 0.5, "open"),
        Standing("c", 3, 2.0, None, "below"),
    ]
    tree = read(plots.cut_line(rows, 5.0))
    first, last = (
        float(one.get("cy"))
        for one in tree.iter(f"{SVG}circle")
        if one.get("r") == "4.0" and float(one.get("cy")) < 340
    )
    middle = next(float(one.get("y")) + 4 for one in tree.iter(f"{SVG}rect"))
    line = next(float(one.get("y1")) for one in tree.iter(f"{SVG}line") if one.get("stroke-dasharray"))
    assert first < middle < line < last
    assert (
        "1 stand clearly above it, 1 cannot be told apart there, 1 stand clearly below" in tree.find(f"{SVG}desc").text
    )
    assert {"above", "cannot be told apart", "below", "cut line 5.00"} <= set(words(tree))


def test_of_many_applications_some_are_shown_evenly_from_the_first_to_the_last():
    rows = [Standing(f"a{place:04d}", place + 1, 1000.0 - place, 1.0, "") for place in range(1000)]
    tree = read(plots.cut_line(rows, 500.5))
    shown = [int(hint[1:5]) for hint in hints(tree)]
    assert len(set(shown)) == plots.MOST_APPLICATIONS
    assert (shown[0], shown[-1]) == (0, 999)
    assert {after - before for before, after in pairwise(shown)} == {6, 7}
    assert "one of 7 is shown" in words(tree)
    assert tree.find(f"{SVG}desc").text.startswith("150 of 1,000 applications")


def test_equal_marks_stand_on_the_line_of_agreement():
    tree = read(plots.agreement([(1, 1), (1, 1), (5, 5), (1, 5)]))
    dots = {hint: one for one in tree.iter(f"{SVG}circle") for hint in [one.find(f"{SVG}title").text]}
    line = next(one for one in tree.iter(f"{SVG}line") if one.get("stroke-dasharray"))
    both = dots["first mark 1.00, second 1.00: 2 applications"]
    assert (float(both.get("cx")[:-1]), float(both.get("cy"))) == (float(line.get("x1")[:-1]), float(line.get("y1")))
    assert float(both.get("r")) > float(dots["first mark 1.00, second 5.00: 1 application"].get("r"))
    assert "3 times both are equal" in tree.find(f"{SVG}desc").text


def test_bars_are_as_high_as_their_jurors_are_many():
    tree = read(plots.loads({10: 4, 12: 2}))
    heights = [float(one.get("height")) for one in tree.iter(f"{SVG}rect")]
    assert heights[0] == pytest.approx(2 * heights[2], abs=0.2)
    assert heights[1] == 0
    assert hints(tree)[0] == "4 jurors with 10 applications"


@pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
def test_what_is_no_figure_is_not_drawn(wrong):
    with pytest.raises(ValueError, match="not finite"):
        plots.severity([Severity("j", wrong, 0.1, 3)])
    with pytest.raises(ValueError, match="not finite"):
        plots.cut_line([Standing("a", 1, 1.0, wrong, "")], None)
    with pytest.raises(ValueError, match="not finite"):
        plots.agreement([(1.0, wrong)])
    with pytest.raises(ValueError, match="not negative"):
        plots.loads({-1: 2})
    with pytest.raises(ValueError, match="cannot stand in an id"):
        plots.loads({1: 2}, key="a b'")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (0.0284, "0.028"),
        (-0.5, "−0.50"),
        (6.014, "6.01"),
        (12.345, "12.3"),
        (123.4, "123"),
        (1e5, "100000"),
    ],
)
def test_figures_are_written_as_people_write_them(value, said):
    assert drawing.short(value) == said


@given(st.floats(-1e5, 1e5), st.floats(1e-3, 1e5))
def test_ticks_are_round_few_and_inside(low, width):
    found = drawing.ticks(low, low + width)
    assert 1 <= len(found) <= 12
    slack = 1e-6 * max(1.0, abs(low), width)
    assert all(low - slack <= one <= low + width + slack for one in found)


@pytest.mark.parametrize("paper", ["#ffffff", "#1c2024"])
def test_colours_can_be_told_from_a_light_and_a_dark_page(paper):
    def light(colour):
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
        return sum(share * one for share, one in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    for colour in (plots.GOOD, plots.WARN, plots.BAD, plots.CALM):
        low, high = sorted((light(colour), light(paper)))
        assert (high + 0.05) / (low + 0.05) >= 3, colour  # what WCAG 2.2 asks of graphics (1.4.11)
