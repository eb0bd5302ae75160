"""Score sheets from CSV by columns: the same rows as one by one, or no answer at all."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from laurea.errors import BadInput
from laurea.sources import scores

CELL = st.text(st.sampled_from('a,;"\t 3.é\n\r'), max_size=5) | st.sampled_from(["A1", '"A1"', "", " ", '""', "7.5"])
LINE = st.lists(CELL, max_size=4).map(",".join) | st.lists(CELL, min_size=3, max_size=3).map(",".join)
HEADERS = st.sampled_from(
    ["application_id,juror_id,points", '"Application ID",juror_id,points', "application_id,juror_id,points,row,line"]
)


def both(path):
    """What the columns say (None: nothing) and what the rows say, each as rows and refusals, or the words of BadInput.

    Rows are compared as they are taken: stripped, with empty cells null.
    """
    found = []
    for read in (scores._plain_csv, scores._rows):
        refusals = []
        try:
            table = read(path, refusals)
        except BadInput as error:
            found.append(str(error))
            continue
        if table is None:
            found.append(None)
            continue
        rows = [
            {name: value.strip() or None if isinstance(value, str) else value for name, value in row.items()}
            for row in table.iter_rows(named=True)
        ]
        known = {name for row in rows for name, value in row.items() if value is not None}
        found.append(([{name: row.get(name) for name in known} for row in rows], refusals))
    return found


@given(header=HEADERS, lines=st.lists(LINE, max_size=6), end=st.sampled_from(["\n", "\r\n", "\r"]))
@example(header="application_id,juror_id,points", lines=['"A,1",J1,3'], end="\n")
@example(header="application_id,juror_id,points", lines=['"A1",J1,3', "", ",,", '"A2","J1","4"'], end="\r\n")
@example(header="application_id,juror_id,points,row,line", lines=["A1,J1,3,,", "A2,J1,3,x,y"], end="\n")
def test_columns_say_what_rows_say(tmp_path_factory, header, lines, end):
    path = tmp_path_factory.mktemp("sheets") / "sheets.csv"
    path.write_text(end.join([header, *lines]), encoding="utf-8", newline="")
    by_columns, by_rows = both(path)
    assert by_columns is None or by_columns == by_rows


@pytest.mark.parametrize(
    "text",
    [
        "application_id,juror_id,points\nA1,J1,3\n\nA1,J2,4.5\n",
        '\ufeff"application_id";"juror_id";"points"\r\n"A1";"J1";"3"\r\n',
        "points\tjuror_id\tapplication_id\tremark\n3\tJ1\tA1\tgood\n",
    ],
)
def test_plain_files_are_read_by_columns(tmp_path, text):
    path = tmp_path / "sheets.csv"
    path.write_text(text, encoding="utf-8", newline="")
    by_columns, by_rows = both(path)
    assert by_columns is not None
    assert by_columns == by_rows


@pytest.mark.parametrize(
    "row", ['"A,1",J1,3', 'A1,"J\n1",3', 'A1,J"1,3', "A1,J1", "A1,J1,3,4", '"A""1",J1,3', 'A1,"J1,3', ' "A1",J1,3']
)
def test_what_columns_cannot_say_is_left_to_rows(tmp_path, row):
    path = tmp_path / "sheets.csv"
    path.write_text(f"application_id,juror_id,points\n{row}\n", encoding="utf-8")
    assert scores._plain_csv(path, []) is None
