"""Plots on an officer's page: the words of each in the reader's language, and the SVG as it stands in a template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from markupsafe import Markup

from laurea.documents import plots
from laurea.documents.plot_words import Words
from laurea.web.reader import Reader


def words(reader: Reader) -> Words:
    """What a plot says, in the reader's language."""
    _ = reader.words.gettext
    return Words(
        severity=_("How severe each juror was"),
        generous=_("← more generous"),
        stricter=_("stricter →"),
        difference=_("points of difference"),
        of_juror=_("{juror}: {severity} ± {wide} points, score sheets: {sheets}"),
        jurors_shown=_("Jurors shown: {shown} of {all}, the widest apart first, each with a 90 % interval."),
        jurors_clear=_("Filled and coloured: {n} whose interval leaves out nought."),
        widest=_("Widest: {juror}, {severity} points."),
        cut_line=_("Scores around the cut line"),
        points=_("points"),
        rank=_("place {rank}"),
        line_at=_("cut line {points}"),
        of_application=_("{application}: place {rank}, {points} points"),
        one_of=_("one of {n} is shown"),
        above=_("above"),
        open=_("cannot be told apart"),
        below=_("below"),
        applications_shown=_("Applications shown: {shown} of {all}, by place, each score with a 90 % interval."),
        lies_at=_("The cut line lies at {points} points."),
        bands=_("Clearly above it: {above}. Cannot be told apart there: {open}. Clearly below: {below}."),
        agreement=_("First against second score"),
        first=_("first score"),
        second=_("second score"),
        of_marks=_("first score {first}, second {second}: applications {n}"),
        of_marks_one=_("first score {first}, second {second}: applications {n}"),
        marks_shown=_("Applications with two scores: {n}. Both are equal {same} times, as on the dashed line."),
        loads=_("How the work is shared"),
        jurors=_("jurors"),
        applications=_("applications"),
        to=_("{first} to {last}"),
        of_load=_("{what}: {load}; jurors: {n}"),
        of_load_one=_("{what}: {load}; jurors: {n}"),
        loads_shown=_("Jurors: {all}; {what}: {first} to {last} each."),
    )


def loads(histogram: Mapping[int, int], reader: Reader) -> Markup:
    """How many jurors hold how many applications."""
    return drawn(plots.loads(histogram, words=words(reader)))


def fits(histogram: Mapping[int, int], reader: Reader) -> Markup:
    """How many applications have jurors that suit them so well; in per cent of the best possible."""
    _ = reader.words.gettext
    said = replace(
        words(reader),
        loads=_("How well jurors suit the applications"),
        jurors=_("applications"),
        of_load=_("{what}: {load}; applications: {n}"),
        of_load_one=_("{what}: {load}; applications: {n}"),
        loads_shown=_("Applications: {all}; {what}: {first} to {last} each."),
    )
    return drawn(plots.loads(histogram, key="fits", what=_("fit in %"), words=said))


def drawn(svg: str) -> Markup:
    """A plot as a template takes it; every word in it was escaped where it was drawn."""
    return Markup(svg)  # noqa: S704
