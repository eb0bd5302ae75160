"""A real grant panel (AIBS, Gallo 2021, doi 10.6084/m9.figshare.12728087) as the files of a round.

72 proposals, three reviewers each, 26 reviewers, marks from 1.0 (best) to 5.0. Only the marks are real: the set names
nobody, so proposals and reviewers get numbers for names.
"""

from __future__ import annotations

import csv
import os
from datetime import timedelta
from pathlib import Path

from laurea.cli.demo import papers, people
from laurea.cli.demo.papers import World
from laurea.cli.demo.scenes import Scene

FILE = Path("ratings") / "aibs-grant-scores.csv"
CRITERIA = {
    "Innovation": "innovation",
    "Approach": "approach",
    "Investig": "investigator",
    "Signif": "significance",
    "Impact": "impact",
    "Score": "score",
}
"""Columns of the data set and the criteria of our rule set."""


def data_folder() -> Path | None:
    """Where the public data sets lie: LAUREA_DATA, or ../shared/data beside the project; None when absent."""
    named = os.environ.get("LAUREA_DATA")
    folder = Path(named) if named else Path(__file__).resolve().parents[3].parent / "shared" / "data"
    return folder if (folder / FILE).is_file() else None


def panel(scene: Scene, folder: Path, data: Path) -> World:
    """Write applications.csv, jurors.csv and sheets.csv; the sheets are also the assignment.

    A mark the panel left out (impact, in some years) has no row.
    """
    with (data / FILE).open(encoding="utf-8", newline="") as stream:
        marks = list(csv.DictReader(stream))
    proposals = {row["ID"]: row for row in marks}
    reviewers = sorted({row["RevID"] for row in marks}, key=int)
    handed_in = scene.opens_at + timedelta(days=9)
    applications = papers.write_table(
        folder / "applications.csv",
        ("application_id", "applicant_id", "unit_id", "country", "submitted_at", "applicant_name", "applicant_email",
         "unit_name", "region", "institution", "language", "year", "proposal_type"),
        [
            {
                "application_id": f"AIBS-{number:0>3}",
                "applicant_id": f"A-{number:0>3}",
                "unit_id": f"P-{number:0>3}",
                "submitted_at": (handed_in + timedelta(minutes=7 * index)).isoformat(),
                "applicant_name": f"Applicant {number}",
                "applicant_email": people.address("applicant", int(number), "us"),
                "unit_name": f"Proposal {number}",
                "language": "en",
                "year": row["Year"],
                "proposal_type": row["PropType"].lower(),
            }
            for index, (number, row) in enumerate(sorted(proposals.items(), key=lambda item: int(item[0])))
        ],
    )  # fmt: skip
    jurors = papers.write_table(
        folder / "jurors.csv",
        ("juror_id", "name", "email", "languages", "max_load", "min_load"),
        [
            {
                "juror_id": f"R-{number:0>2}",
                "name": f"Reviewer {number}",
                "email": people.address("reviewer", int(number), "us"),
                "languages": "en",
                "max_load": scene.load[1],
                "min_load": scene.load[0],
            }
            for number in reviewers
        ],
    )
    given = scene.closes_at + timedelta(days=30)
    sheets = papers.write_table(
        folder / "sheets.csv",
        ("application_id", "juror_id", "criterion", "points", "submitted_at"),
        [
            {
                "application_id": f"AIBS-{row['ID']:0>3}",
                "juror_id": f"R-{row['RevID']:0>2}",
                "criterion": criterion,
                "points": row[column],
                "submitted_at": given.isoformat(),
            }
            for row in marks
            for column, criterion in CRITERIA.items()
            if row[column]
        ],
    )
    return World(
        folder=folder,
        applications=applications,
        jurors=jurors,
        sheets=sheets,
        counts={"applications": len(proposals), "jurors": len(reviewers), "sheets": len(marks)},
    )
