"""The words of a plot in English; a page in another language hands over its own. What stands in braces is filled in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """Titles, what is told to those who do not see the plot, names of axes, and hints on single marks."""

    severity: str = "How severe each juror was"
    generous: str = "← more generous"
    stricter: str = "stricter →"
    difference: str = "points of difference"
    of_juror: str = "{juror}: {severity} ± {wide} points, {sheets} sheets"
    jurors_shown: str = "{shown} of {all} jurors, the widest apart first, each with a 90 % interval."
    jurors_clear: str = "Filled and coloured: {n} whose interval leaves out nought."
    widest: str = "Widest: {juror}, {severity} points."

    cut_line: str = "Scores around the cut line"
    points: str = "points"
    rank: str = "rank {rank}"
    line_at: str = "cut line {points}"
    of_application: str = "{application}: rank {rank}, {points} points"
    one_of: str = "one of {n} is shown"
    above: str = "above"
    open: str = "cannot be told apart"
    below: str = "below"
    applications_shown: str = "{shown} of {all} applications by rank, each score with a 90 % interval."
    lies_at: str = "The cut line lies at {points} points."
    bands: str = "{above} stand clearly above it, {open} cannot be told apart there, {below} stand clearly below."

    agreement: str = "First against second mark"
    first: str = "first mark"
    second: str = "second mark"
    of_marks: str = "first mark {first}, second {second}: {n} applications"
    of_marks_one: str = "first mark {first}, second {second}: {n} application"
    marks_shown: str = "{n} applications with two marks; {same} times both are equal, as on the dashed line."

    loads: str = "How the work is shared"
    jurors: str = "jurors"
    applications: str = "applications"
    to: str = "{first} to {last}"
    of_load: str = "{n} jurors with {load} {what}"
    of_load_one: str = "{n} juror with {load} {what}"
    loads_shown: str = "{all} jurors with {first} to {last} {what} each."


ENGLISH = Words()
