"""Files as they really arrive: what is kept, what is refused, and what the reader is told."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laurea.errors import BadInput, Refusal
from laurea.sources import files
from rules.ruleset import Fact, Item


def fact(kind, **more):
    return Fact(type=kind, meaning="meaning", supplied_by="applicant", **more)


RULES = SimpleNamespace(
    facts={
        "safe": fact("bool"),
        "pupils": fact("int"),
        "average": fact("decimal", scale=2),
        "since": fact("date"),
        "stage": fact("code"),
        "story": fact("text"),
        "teachers": fact(
            "list",
            fields={"teacher_id": Item(type="code", meaning="id"), "last_active": Item(type="date", meaning="day")},
        ),
    }
)
HEAD = "application_id,applicant_id,unit_id,country,submitted_at,applicant_name,applicant_email,safe,pupils"
GOOD = "A1,T1,S1,AZ,2023-05-01T10:00:00+04:00,Aygün Əliyeva,aygun@az.example.org,true,12"


def write(tmp_path, text, name="applications.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


def read(tmp_path, *lines, **children):
    paths = {name: write(tmp_path, text, f"{name}.csv") for name, text in children.items()}
    return files.read_applications(write(tmp_path, "\n".join(lines)), RULES, paths)


def refused_whole(tmp_path, content, **more) -> Refusal:
    with pytest.raises(BadInput) as caught:
        files.read_applications(write(tmp_path, content, **more), RULES)
    (refusal,) = caught.value.refusals
    assert refusal.file == "applications.csv"
    assert refusal.remedy
    return refusal


def places(imported):
    return [(one.row, one.field) for one in imported.refusals]


def test_read_applications_gives_values_by_type(tmp_path):
    head = f"{HEAD},average,since,stage,story"
    imported = read(tmp_path, head, f'{GOOD},20.25,2023-01-09,last_stage,"Two lines,\nindeed"')
    (row,) = imported.rows
    assert imported.refusals == []
    assert row["facts"] == {
        "safe": True,
        "pupils": 12,
        "average": "20.25",
        "since": "2023-01-09",
        "stage": "last_stage",
        "story": "Two lines,\nindeed",
    }
    assert row["submitted_at"] == datetime(2023, 5, 1, 6, tzinfo=UTC)
    assert (row["country"], row["region"], row["language"], row["row"]) == ("AZ", "", "", 2)


def test_read_applications_empty_cell_is_unknown_and_an_absent_column_no_fact(tmp_path):
    (row,) = read(tmp_path, HEAD, GOOD.replace("true", "")).rows
    assert row["facts"] == {"safe": None, "pupils": 12}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_read_applications_takes_commas_semicolons_tabs_with_or_without_bom(tmp_path, delimiter, bom, ending):
    text = ending.join([HEAD, GOOD, ""]).replace(",", delimiter)
    imported = files.read_applications(write(tmp_path, bom + text.encode()), RULES)
    assert imported.refusals == []
    assert imported.rows[0]["applicant_name"] == "Aygün Əliyeva"


def test_read_applications_header_may_have_spaces_and_capitals(tmp_path):
    imported = read(tmp_path, HEAD.replace("application_id", " Application ID "), GOOD)
    assert [row["application_id"] for row in imported.rows] == ["A1"]


def test_read_applications_text_comes_out_in_nfc(tmp_path):
    imported = read(tmp_path, HEAD, GOOD.replace("Aygün", "Aygu\u0308n"))
    assert imported.rows[0]["applicant_name"] == "Aygün Əliyeva"


@pytest.mark.parametrize(
    ("wrong", "field", "problem"),
    [
        (GOOD.replace("A1", ""), "application_id", "The cell is empty."),
        (GOOD.replace(",T1,", ",,"), "applicant_id", "The cell is empty."),
        (GOOD.replace("2023-05-01T10:00:00+04:00", "01.05.2023"), "submitted_at", "“01.05.2023” is not a moment."),
        (
            GOOD.replace("+04:00", ""),
            "submitted_at",
            "“2023-05-01T10:00:00” does not say its time zone.",
        ),
        (GOOD.replace("2023-05-01", "2023-02-30"), "submitted_at", "“2023-02-30T10:00:00+04:00” is not a moment."),
        (GOOD.replace(",true,", ",perhaps,"), "safe", "“perhaps” is neither yes nor no."),
        (GOOD.replace(",12", ",twelve"), "pupils", "“twelve” is not a whole number."),
        (GOOD.replace(",12", ",１２"), "pupils", "“１２” is not a whole number."),
        (GOOD.replace(",AZ,", ",Azerbaijan,"), "country", "“Azerbaijan” is not a country code."),
        (GOOD.replace("aygun@", "aygun(at)"), "applicant_email", "“aygun(at)az.example.org” is not an e-mail address."),
        (
            GOOD.replace("aygun@az.example.org", '"a@x.example.org, b@x.example.org"'),
            "applicant_email",
            "“a@x.example.org, b@x.example.org” is not an e-mail address.",
        ),
        (
            GOOD.replace("aygun@az.example.org", '"aygun@az.example.org\nbcc: x@y.example"'),
            "applicant_email",
            "The text holds a line break or control character.",
        ),
        (GOOD.replace("Aygün", "Ay\u202egün"), "applicant_name", "The text holds an invisible character (U+202E)."),
        (GOOD.replace("Aygün", "A" * 300), "applicant_name", "The text has 308 characters."),
    ],
)
def test_read_applications_refuses_the_wrong_row_and_keeps_the_others(tmp_path, wrong, field, problem):
    other = GOOD.replace("A1", "A2", 1)
    imported = read(tmp_path, HEAD, wrong, other)
    assert [row["application_id"] for row in imported.rows] == ["A2"]
    (refusal,) = imported.refusals
    assert (refusal.file, refusal.row, refusal.field, refusal.problem) == ("applications.csv", 2, field, problem)
    assert refusal.remedy


def test_read_applications_row_numbers_count_lines_inside_cells(tmp_path):
    imported = read(
        tmp_path, f"{HEAD},story", f'{GOOD},"one\ntwo\nthree"', GOOD.replace("A1", "A2").replace("true", "?") + ","
    )
    assert places(imported) == [(5, "safe")]


def test_read_applications_names_every_wrong_field_of_a_row(tmp_path):
    imported = read(tmp_path, HEAD, GOOD.replace("true", "?").replace(",12", ",x"))
    assert places(imported) == [(2, "safe"), (2, "pupils")]


def test_read_applications_repeated_id_counts_once_the_first_time(tmp_path):
    imported = read(tmp_path, HEAD, GOOD, GOOD.replace("T1", "T2"))
    assert [row["applicant_id"] for row in imported.rows] == ["T1"]
    assert imported.refusals[0].problem == "The id already stands in row 2."


def test_read_applications_a_corrected_row_may_follow_a_wrong_one(tmp_path):
    imported = read(tmp_path, HEAD, GOOD.replace("true", "?"), GOOD)
    assert [row["row"] for row in imported.rows] == [3]


@pytest.mark.parametrize("cells", [GOOD.rsplit(",", 1)[0], GOOD + ",1"])
def test_read_applications_too_few_or_many_cells(tmp_path, cells):
    imported = read(tmp_path, HEAD, cells, GOOD.replace("A1", "A2", 1))
    assert len(imported.rows) == 1
    assert f"The row has {cells.count(',') + 1} cells, the header has 9." in imported.refusals[0].problem


def test_read_applications_blank_lines_are_no_rows(tmp_path):
    imported = read(tmp_path, "", HEAD, "", ",,,,,,,,", GOOD, "")
    assert (len(imported.rows), imported.refusals) == (1, [])


def test_read_applications_a_column_nobody_reads_is_said_aloud(tmp_path):
    imported = read(tmp_path, f"{HEAD},pupil", f"{GOOD},3")
    assert len(imported.rows) == 1
    assert imported.refusals[0].field == "pupil"
    assert "Check its spelling" in imported.refusals[0].remedy


def test_read_applications_without_contact_needs_no_address(tmp_path):
    path = write(tmp_path, "application_id,applicant_id,unit_id,submitted_at,safe\nA1,T1,S1,2023-05-01T10:00Z,no\n")
    assert files.read_applications(path, RULES, contact=False).rows[0]["facts"] == {"safe": False}
    with pytest.raises(BadInput, match="applicant_name"):
        files.read_applications(path, RULES)


def test_read_applications_formula_cells_stay_text(tmp_path):
    imported = read(tmp_path, f"{HEAD},story", f'{GOOD},"=HYPERLINK(""http://x.example"")"')
    assert imported.rows[0]["facts"]["story"] == '=HYPERLINK("http://x.example")'


def test_file_with_vertical_bars_is_refused_whole(tmp_path):
    refusal = refused_whole(tmp_path, f"{HEAD}\n{GOOD}".replace(",", "|"))
    assert (refusal.row, refusal.problem) == (1, "The columns are divided by vertical bars.")


def test_file_with_missing_columns_is_refused_whole(tmp_path):
    refusal = refused_whole(tmp_path, "id,unit_id\n1,2\n")
    assert "does not name application_id, applicant_id, submitted_at, applicant_name" in refusal.problem
    assert "it reads: id, unit_id" in refusal.problem


def test_file_with_a_column_twice_is_refused_whole(tmp_path):
    assert "names safe more than once" in refused_whole(tmp_path, f"{HEAD},safe\n{GOOD},no\n").problem


@pytest.mark.parametrize("page", ["cp1254", "cp1257", "cp1251"])
def test_file_in_another_encoding_is_refused_whole_with_its_readings(tmp_path, page):
    name = {"cp1254": "Şəbnəm".replace("ə", "e"), "cp1257": "Žanete Bērziņa", "cp1251": "Нино"}[page]
    refusal = refused_whole(tmp_path, f"{HEAD}\n{GOOD.replace('Aygün Əliyeva', name)}\n", encoding=page)
    assert (refusal.row, name in refusal.problem) == (2, True)
    assert "CSV UTF-8" in refusal.remedy


def test_file_that_turns_wrong_in_the_middle_gives_nothing(tmp_path):
    rows = [GOOD.replace("A1", f"B{n}", 1) for n in range(3000)]
    content = "\n".join([HEAD, *rows]).encode() + "\nA9,…\xfe".encode() + b"\xff\n"
    assert refused_whole(tmp_path, content).row == 3002


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "The file is empty."),
        (b"\xef\xbb\xbf \n", "The file is empty."),
        (b"PK\x03\x04rest", "a spreadsheet or zip file"),
        (b"\xff\xfea\x00", "text in UTF-16"),
        (b"%PDF-1.7", "a PDF file"),
        (HEAD.encode() + b"\n\0\0\0", "binary data"),
    ],
)
def test_file_that_is_no_table_is_refused_whole(tmp_path, content, says):
    assert says in refused_whole(tmp_path, content).problem


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ([GOOD, GOOD.replace("Aygün", '"Aygün'), GOOD, GOOD], 3),
        ([GOOD.replace("Aygün", '"Aygün'), GOOD.replace("Aygün", '"Aygün"'), GOOD], 2),
        ([GOOD, GOOD.replace("Aygün", '"Ay"gün')], 3),
    ],
)
def test_file_with_an_open_quotation_mark_is_refused_whole_at_its_line(tmp_path, rows, line):
    refusal = refused_whole(tmp_path, "\n".join([HEAD, *rows]))
    assert refusal.row == line
    assert "quotation mark" in refusal.problem


def test_file_that_does_not_exist(tmp_path):
    with pytest.raises(BadInput, match="There is no file"):
        files.read_jurors(tmp_path / "jurors.csv")


def test_children_are_attached_and_an_application_without_rows_has_an_empty_list(tmp_path):
    imported = read(
        tmp_path,
        HEAD,
        GOOD,
        GOOD.replace("A1", "A2", 1),
        teachers="application_id,teacher_id,last_active\nA1,T1,2023-02-01\nA1,T2,\n",
    )
    assert [row["children"] for row in imported.rows] == [
        {
            "teachers": [
                {"teacher_id": "T1", "last_active": "2023-02-01"},
                {"teacher_id": "T2", "last_active": None},
            ]
        },
        {"teachers": []},
    ]


def test_children_wrong_value_becomes_unknown_so_that_no_teacher_is_lost(tmp_path):
    imported = read(tmp_path, HEAD, GOOD, teachers="application_id,teacher_id,last_active\nA1,T1,1.2.2023\n")
    assert imported.rows[0]["children"]["teachers"] == [{"teacher_id": "T1", "last_active": None}]
    (refusal,) = imported.refusals
    assert (refusal.file, refusal.row, refusal.field) == ("teachers.csv", 2, "last_active")
    assert refusal.remedy.endswith("Until then the value is unknown.")


def test_children_of_an_unknown_application_are_refused(tmp_path):
    imported = read(tmp_path, HEAD, GOOD, teachers="application_id,teacher_id,last_active\nA7,T1,2023-02-01\n")
    assert imported.refusals[0].problem == "There is no accepted application A7."


def test_children_of_a_list_the_rules_do_not_have(tmp_path):
    imported = read(tmp_path, HEAD, GOOD, partners="application_id,country\nA1,TR\n")
    assert imported.refusals[0].problem == "The rule set has no list partners."
    assert imported.rows[0]["children"] == {}


JURORS = "juror_id,name,email,country,region,institution,languages,expertise,experienced,max_load,min_load"
JUROR = 'J1,Līga Kalniņa,liga@lv.example.org,LV,Rīga,Rīgas 1. vidusskola,"lv;en",arts,yes,20,2'


def test_read_jurors_gives_tuples_numbers_and_yes_no(tmp_path):
    imported = files.read_jurors(write(tmp_path, f"{JURORS}\n{JUROR}\n", "jurors.csv"))
    assert imported.rows == [
        {
            "juror_id": "J1",
            "name": "Līga Kalniņa",
            "email": "liga@lv.example.org",
            "country": "LV",
            "region": "Rīga",
            "institution": "Rīgas 1. vidusskola",
            "languages": ("lv", "en"),
            "expertise": ("arts",),
            "experienced": True,
            "max_load": 20,
            "min_load": 2,
            "mentored": (),
            "reserve": False,
            "row": 2,
        }
    ]


def test_read_jurors_semicolons_divide_columns_and_quoted_languages(tmp_path):
    text = f"{JURORS}\n{JUROR}\n".replace(",", ";")
    assert files.read_jurors(write(tmp_path, text, "jurors.csv")).rows[0]["languages"] == ("lv", "en")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (JUROR.replace(",20,", ",many,"), "max_load"),
        (JUROR.replace(",20,", ",-1,"), "max_load"),
        (JUROR.replace(",20,2", ",1,2"), "min_load"),
        (JUROR.replace('"lv;en"', ""), "languages"),
        (JUROR.replace('"lv;en"', '"lv;Latvian language"'), "languages"),
        (JUROR.replace("J1", "J3"), "email"),
        (JUROR.replace("liga@", "other@"), "juror_id"),
    ],
)
def test_read_jurors_refuses(tmp_path, wrong, field):
    first = JUROR if field in ("email", "juror_id") else JUROR.replace("J1", "J2").replace("liga@", "l2@")
    imported = files.read_jurors(write(tmp_path, f"{JURORS}\n{first}\n{wrong}\n", "jurors.csv"))
    assert len(imported.rows) == 1
    assert places(imported) == [(3, field)]


def test_read_conflicts_says_declared_where_the_file_does_not(tmp_path):
    path = write(tmp_path, "application_id,juror_id\nA1,J1\nA1,J1\nA2,\n", "conflicts.csv")
    imported = files.read_conflicts(path)
    assert imported.rows == [{"application_id": "A1", "juror_id": "J1", "kind": "declared", "row": 2}]
    assert [one.row for one in imported.refusals] == [3, 4]


def test_read_sheets_keeps_points_as_written(tmp_path):
    text = "application_id,juror_id,criterion,points\nA1,J1,idea,4.50\nA1,J1,idea,4\nA1,J1,craft,\n"
    imported = files.read_sheets(write(tmp_path, text, "sheets.csv"))
    assert [(row["criterion"], row["points"]) for row in imported.rows] == [("idea", "4.50")]
    assert places(imported) == [(3, "criterion"), (4, "points")]


def test_read_labels_takes_decimals_and_fractions_and_nothing_else(tmp_path):
    rows = ("P1,Bridges,GE,20.33", "P1,Bridges,GE,20.33", "P2,,LV,62/3", "P3,,LV,NaN", "P4,,LV,1/0")
    text = "\n".join(("project_id,title,country,score", *rows))
    imported = files.read_labels(write(tmp_path, text, "labels.csv"))
    assert [(row["project_id"], row["score"]) for row in imported.rows] == [
        ("P1", "20.33"),
        ("P1", "20.33"),
        ("P2", "62/3"),
    ]
    assert places(imported) == [(5, "score"), (6, "score")]


cell = st.text(st.characters(codec="utf-8"), max_size=12)


@given(st.lists(st.lists(cell, min_size=9, max_size=9), max_size=6))
@settings(max_examples=150, deadline=None)
def test_read_applications_any_well_formed_table_is_read_or_refused_row_by_row(tmp_path_factory, rows):
    stream = io.StringIO()
    csv.writer(stream).writerows([HEAD.split(","), *rows])
    content = stream.getvalue().encode()
    path = tmp_path_factory.mktemp("any") / "applications.csv"
    path.write_bytes(content)
    if b"\0" in content:
        with pytest.raises(BadInput):
            files.read_applications(path, RULES)
        return
    imported = files.read_applications(path, RULES)
    filled = sum(1 for row in rows if any(one.strip() for one in row))
    assert len(imported.rows) + len({one.row for one in imported.refusals}) == filled


@given(st.binary(max_size=200))
@settings(max_examples=150, deadline=None)
def test_read_applications_any_bytes_end_in_rows_or_in_a_refusal(tmp_path_factory, tail):
    path = tmp_path_factory.mktemp("bytes") / "applications.csv"
    path.write_bytes(HEAD.encode() + b"\n" + tail)
    try:
        refusals = files.read_applications(path, RULES).refusals
    except BadInput as refused:
        refusals = list(refused.refusals)
        whole = True
    else:
        whole = False
    assert refusals or not whole
    assert all(one.problem and one.remedy for one in refusals)


def test_read_applications_several_unknown_columns_are_said_once(tmp_path):
    imported = read(tmp_path, f"{HEAD},pupil,mood,shoe", f"{GOOD},3,good,41")
    assert len(imported.rows) == 1
    (refusal,) = imported.refusals
    assert refusal.field == "pupil, mood, shoe"


def test_file_that_is_a_folder_is_called_one(tmp_path):
    with pytest.raises(BadInput, match="is a folder, not a file"):
        files.read_jurors(tmp_path)
