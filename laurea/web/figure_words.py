"""What each figure is called, and where it comes from, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass

from laurea.store.figures import Asked
from laurea.web.reader import Reader


@dataclass(frozen=True)
class Said:
    """A figure's name, the sentence that says what is counted and out of what, and by which year where not by that
    of the awards.
    """

    title: str
    source: str
    yearly: str = ""


def said(reader: Reader, asked: Asked) -> dict[str, Said]:
    """The words of every figure."""
    _ = reader.words.gettext
    day = reader.day(asked.day)
    ending = (
        _("Out of certificates: the term ends in {year}.").format(year=asked.year)
        if asked.year is not None
        else _("Out of certificates: the term ends within a year after {day}.").format(day=day)
    )
    teachers = _("Out of the register of teachers, as it was imported last.")
    schools = _("Out of the register of schools, as it was imported last.")
    projects = _("Out of the register of projects, as it was imported last.")
    return {
        "applications": Said(_("Applications"), _("Handed in, in rounds of this office.")),
        "applicants": Said(_("Applicants"), _("People who applied, each counted once.")),
        "schools": Said(_("Schools that applied"), _("Institutions named in applications, each counted once.")),
        "projects": Said(_("Projects applied for"), _("By their reference in applications, each counted once.")),
        "granted": Said(
            _("Labels, prizes and statuses granted"), _("Certificates of released rounds that were not withdrawn.")
        ),
        "awarded_schools": Said(
            _("Schools that were granted something"), _("Institutions of those applications, each counted once.")
        ),
        "in_force": Said(
            _("Statuses in force"),
            _("Out of certificates with a term: it runs on {day}.").format(day=day),
            _("by the year they were granted"),
        ),
        "expiring": Said(_("Statuses that expire"), ending, _("by the year their term ends")),
        "received": Said(
            _("Labels handed over to this office"),
            _("By other offices, with their scores."),
            _("by the year they came"),
        ),
        "registered_teachers": Said(_("Teachers in the register"), teachers),
        "registered_schools": Said(_("Schools in the register"), schools),
        "registered_projects": Said(_("Projects in the register"), projects),
        "participations": Said(
            _("Participations in trainings"),
            _("Who took part in which training or conference on which day."),
            _("by the year they were held in"),
        ),
        "trained": Said(
            _("People who took part in trainings"),
            _("Out of the same records, each counted once."),
            _("by the year they were held in"),
        ),
    }
