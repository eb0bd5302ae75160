"""A round by hand: what is refused before it is opened, what is told, and letters without Prefect."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from laurea.cli.demo import scenes

Say = Callable[..., tuple[int, str, str]]
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
OPEN = (
    "round", "open", "art", "--rules", scenes.CREATIVE.rule_set, "--authority", "north", "--timezone", "Asia/Baku",
    "--opens", "2022-11-04", "--closes", "2022-11-30", "--review-until", "2022-12-09", "--award-on", "2022-12-14",
    *(word for name, value in scenes.CREATIVE.policies.items() for word in ("--policy", f"{name}={value}")),
)  # fmt: skip
FILE = EXAMPLES / "creative-applications.csv"


@pytest.fixture(autouse=True)
def _in_november(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at(tmp_path, monkeypatch, "2022-11-20T10:00:00+00:00")


def at(folder: Path, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    clock = folder / "clock"
    clock.write_text(moment)
    monkeypatch.setenv("LAUREA_CLOCK_FILE", str(clock))


def but(**changed: str) -> list[str]:
    """The words that open a round, with some options otherwise or added."""
    words = list(OPEN)
    for name, value in changed.items():
        option = f"--{name.replace('_', '-')}"
        if option in words and option != "--policy":
            words[words.index(option) + 1] = value
        else:
            words += [option, value]
    return words


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"timezone": "Baku"}, "Did you mean Asia/Baku?"),
        ({"timezone": "../etc"}, "There is no time zone"),
        ({"opens": "4.11.2022"}, "--opens '4.11.2022' is neither a day nor a moment. Write --opens 2024-05-01"),
        ({"opens": "2022-11-41"}, "neither a day nor a moment"),
        ({"language": "ja"}, "Laurea has no language 'ja'. It has en, az, bg, cs,"),
        ({"award_on": "2022-11-29"}, "award on 29 November 2022, before it closes on 30 November 2022"),
        ({"country": "LV"}, "The rule set is that of AZ, the round would be of LV."),
        ({"country": "Latvia"}, "is not a country code"),
        ({"policy": "reviews=2"}, "--policy reviews is given twice. Keep one: 3 or 2."),
        ({"policy": "reviews"}, "--policy 'reviews' has no value"),
    ],
)
def test_round_is_not_opened_on_what_cannot_be_meant(laurea: Say, changed: dict[str, str], says: str) -> None:
    code, _, errors = laurea(*but(**changed))
    assert (code, "Traceback" in errors) == (1, False)
    assert says in errors
    assert json.loads(laurea("round", "status", "--json")[1]) == []


def test_moments_are_told_in_the_zone_of_the_authority(laurea: Say) -> None:
    assert "is open, until 30 November 2022 23:59 Asia/Baku." in laurea(*OPEN)[1]
    later = [word for word in but(opens="2022-11-25") if word not in ("--timezone", "Asia/Baku")]
    later[2] = "later"
    code, told, _ = laurea(*later)  # the authority's zone is known by now
    assert code == 0
    assert "opens on 25 November 2022 00:00 Asia/Baku, until 30 November 2022 23:59 Asia/Baku." in told


def test_status_fits_eighty_columns(laurea: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    laurea(*OPEN)
    at(tmp_path, monkeypatch, "2022-12-05T10:00:00+00:00")
    laurea("round", "import", "art", "--applications", FILE)
    _, told, _ = laurea("round", "status", "art")
    assert "applications 6 " in told
    assert "refused rows 0" in told
    assert "closes 30 November 2022 23:59 Asia/Baku" in told
    _, told, _ = laurea("round", "status")
    assert "round" in told
    assert "screening" in told
    assert "…" not in told
    assert json.loads(laurea("round", "status", "--json")[1])[0]["applications"] == 6


def test_import_ends_with_one_when_every_row_was_refused(laurea: Say, tmp_path: Path) -> None:
    laurea(*OPEN)
    head, first, *rest = FILE.read_text("utf-8").splitlines()
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("\n".join([head, first.replace("2022-11-12T10", "yesterday")]) + "\n", "utf-8")
    code, told, errors = laurea("round", "import", "art", "--applications", wrong)
    assert (code, "0 added, 0 known, 1 refused" in told, "row 2" in errors) == (1, True, True)
    partly = tmp_path / "partly.csv"
    partly.write_text("\n".join([head, first.replace("2022-11-12T10", "yesterday"), *rest]) + "\n", "utf-8")
    code, _, errors = laurea("round", "import", "art", "--applications", partly)
    assert (code, "look at all applications together (among_winners)" in errors) == (0, True), (
        "a missing row may change a rank"
    )
    assert laurea("round", "import", "art", "--applications", partly)[0] == 0, "known rows were not refused"


def test_rows_are_counted_and_one_fault_in_many_is_told_a_few_times(laurea: Say, tmp_path: Path) -> None:
    laurea(*OPEN)
    head, first = FILE.read_text("utf-8").splitlines()[:2]
    wrong = tmp_path / "wrong.csv"
    bare = [first.replace("-01;", f"-{number};").replace("+04:00", "") for number in range(10, 19)]
    bare[0] = bare[0].replace("nigar@az.example.org", "")  # two faults in one row
    wrong.write_text("\n".join([head, *bare]) + "\n", "utf-8")
    code, told, errors = laurea("round", "import", "art", "--applications", wrong)
    assert (code, f"0 added, 0 known, {len(bare)} refused" in told) == (1, True)
    lines = " ".join(errors.split())
    assert lines.count("does not say its time zone") == 5
    rows = ", ".join(str(number) for number in range(7, len(bare) + 2))
    assert f"wrong.csv, field submitted_at: the same in {len(bare) - 5} more rows: {rows}." in lines


def test_folder_in_place_of_a_file_is_called_a_folder(laurea: Say, tmp_path: Path) -> None:
    laurea(*OPEN)
    code, _, errors = laurea("round", "import", "art", "--applications", tmp_path)
    assert (code, "is a folder, not a file" in errors) == (1, True)


@pytest.mark.parametrize("words", [("not-an-address",), ("a b@example.org",), ("nobody@nowhere",)])
def test_officer_needs_an_address(laurea: Say, words: tuple[str, ...]) -> None:
    code, _, errors = laurea("officer", *words, "--name", "N", "--authority", "x", "--authority-name", "X")
    assert (code, "is not an e-mail address" in errors) == (1, True)


def test_officer_of_an_unknown_authority_needs_its_name(laurea: Say) -> None:
    words = ("officer", "nino@example.org", "--name", "Nino", "--authority", "north")
    code, _, errors = laurea(*words)
    assert (code, "no authority 'north'" in errors, "--authority-name" in errors) == (1, True, True)
    assert laurea(*words, "--authority-name", "The North")[0] == 0
    assert laurea(*words)[0] == 0
    assert "no language" in laurea(*words, "--language", "ja")[2]


def test_explain_names_the_missing_facts_and_post_sends_the_letters_that_ask(
    laurea: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    laurea(*OPEN)
    laurea("round", "import", "art", "--applications", FILE)
    code, _, errors = laurea("explain", "C-01", "--round", "art")
    assert (code, "it has not been screened yet" in errors) == (1, True)
    at(tmp_path, monkeypatch, "2022-12-02T10:00:00+00:00")
    assert laurea("round", "advance", "art")[0] == 0
    code, _, errors = laurea("explain", "C-01", "--round", "art")
    assert (code, "it needs evidence: " in errors, "needs_evidence" in errors) == (1, True, False)
    assert "partners" in errors
    assert "no language" in laurea("explain", "C-01", "--round", "art", "--language", "ja")[2]
    code, told, _ = laurea("post", "--json")
    (figures,) = json.loads(told)
    assert code == 0
    assert figures["sent"] > 0
    assert figures["failed"] == figures["uncertain"] == figures["again_later"] == 0
    assert len(list((tmp_path / "workspace" / "outbox").rglob("*.eml"))) == figures["sent"]
    assert "No letter is due." in laurea("post")[1]


def test_next_round_takes_over_what_is_not_said_and_names_what_may_be_stale(laurea: Say) -> None:
    days = ("--opens", "2023-11-04", "--closes", "2023-11-30", "--review-until", "2023-12-09", "--award-on")
    assert laurea(*OPEN)[0] == 0
    code, told, errors = laurea("round", "open", "art-2022", "--from", "art", *days, "2023-12-14")
    assert code == 0  # the answers to the open questions came along, and so did the zone
    assert "until 30 November 2023 23:59 Asia/Baku." in told.replace("\n", " ")
    assert "It names 2022 or an earlier year: code: art-2022" in errors
    again = laurea("round", "open", "more", "--from", "art", *days, "2023-12-14", "--policy", "no_such=1")
    assert (again[0], "There is no policy 'no_such'" in again[2]) == (1, True)
    assert "Give --rules and --authority, or --from CODE." in laurea("round", "open", "x", *days, "2023-12-14")[2]
    assert "no round 'nothing'" in laurea("round", "open", "x", "--from", "nothing", *days, "2023-12-14")[2]


def test_release_by_two_officers_from_the_command_line(laurea: Say) -> None:
    assert laurea(*OPEN)[0] == 0
    assert "one officer confirms, another one releases." in laurea("round", "second-person", "art")[1]
    assert "as before." in laurea("round", "second-person", "art")[1]
    code, _, errors = laurea("round", "second-person", "art", "--off")
    assert (code, "Give the reason with --why." in errors) == (1, True)
    assert laurea("officer", "nino@example.org", "--name", "Nino", "--authority", "north")[0] == 0
    words = ("--officer", "nino@example.org", "--digest", "0" * 64)
    assert "There are no proposed decisions yet." in laurea("round", "confirm", "art", *words)[2]
    assert "one officer releases it." in laurea("round", "second-person", "art", "--off", "--why", "She left.")[1]
