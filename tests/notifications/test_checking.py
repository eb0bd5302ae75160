"""`notices check`: each thing that can be wrong with a template is found, with file, line and the way out."""

from __future__ import annotations

import shutil

import pytest

from notifications import checking, render
from notifications.samples import samples
from notifications.wording import Wording

BUTTON = "{{ button(_('Open the application'), link) }}"


@pytest.fixture
def house(tmp_path, monkeypatch, templates_in):
    """A copy of the templates; give it changes and it says what is wrong with the letter `received` in English."""
    copy = tmp_path / "notifications" / "templates"
    shutil.copytree(render.TEMPLATES, copy)
    monkeypatch.setattr(checking, "ROOT", tmp_path)

    def check(part="", before="", after="", *, language="en"):
        if part:
            path = copy / f"{part}.j2"
            source = path.read_text(encoding="utf-8")
            assert before in source
            path.write_text(source.replace(before, after), encoding="utf-8")
        templates_in(copy)
        only = [one for one in samples(language) if one[0] == "received"]
        monkeypatch.setattr(checking, "samples", lambda _language: only)
        found = checking.check((language,))
        return [one for one in found if "There is no sample" not in one.says]

    check.folder = copy
    return check


@pytest.mark.slow
def test_the_house_as_it_is_has_nothing_to_put_right():
    assert [str(one) for one in checking.check()] == []


def test_nothing_is_wrong_with_an_unchanged_copy(house):
    assert house() == []


@pytest.mark.parametrize(
    ("part", "before", "after", "file", "line", "says"),
    [
        ("received/subject.txt", "application=app", "application=ap", "subject.txt.j2", 1, "'aplication'"),
        ("received/body.txt", "{{ round }}", "{{ deadline }}", "body.txt.j2", 6, "no 'deadline'"),
        ("received/body.txt", "{% if unit %}", "{% if unit.length %}", "body.txt.j2", 8, "cannot be used"),
        ("received/body.html", "handed_in=handed_in", "handed=handed_in", "body.html.j2", 6, "differ in handed"),
        ("received/body.txt", "{% endif %}", "", "body.txt.j2", 0, "cannot be read"),
        ("received/body.html", BUTTON, "<a href='https://elsewhere.example/'>x</a>", "body.html.j2", 8, "https://elsewhere"),
        ("received/body.txt", "{{ link }}", "", "body.txt.j2", 1, "the plain text has not"),
        ("received/subject.txt", "{{", "x" * 200 + "{{", "subject.txt.j2", 1, "characters; 200 are sent"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_file_and_line(house, part, before, after, file, line, says):
    found = house(part, before, after)
    told = [one for one in found if one.file.endswith(f"received/{file}") and says in one.says]
    assert told, [str(one) for one in found]
    assert line in (0, told[0].line)
    assert all(one.remedy and one.name and one.line > 0 for one in found)
    assert str(told[0]).startswith(f"notifications/templates/received/{file}:{told[0].line}: ")


def test_html_without_text_twin_folder_without_kind_and_kind_without_folder(house):
    (house.folder / "received" / "body.txt.j2").unlink()
    shutil.copytree(house.folder / "lapsed", house.folder / "nobody")
    says = {one.says for one in house()}
    assert "This HTML has no text twin." in says
    assert "There is no body.txt." in says
    assert "No kind of letter has this name." in says


def test_missing_translation_names_template_line_and_catalogue(house):
    found = house("received/body.txt", "_('Open the application')", "_('Open it with a smile')", language="lv")
    told = next(one for one in found if "Not translated: “Open it with a smile”" in one.says)
    assert (told.file, told.line, told.name) == ("notifications/templates/received/body.txt.j2", 12, "lv")
    assert told.remedy.endswith("lv/LC_MESSAGES/laurea.po.")


def test_translation_with_other_placeholders_is_found(house, monkeypatch):
    real = checking.load("lv", "laurea")
    message = real.get("Your application %(application)s was handed in")
    message.string = "Jūsu pieteikums %(aplication)s"
    monkeypatch.setattr(checking, "load", lambda _language, _domain: real)
    assert any("Other placeholders than" in one.says and one.file.endswith("laurea.po") for one in house(language="lv"))


def test_a_line_no_relay_takes_is_found(house, monkeypatch):
    monkeypatch.setattr(checking, "LONGEST_LINE", 60)
    assert any("60 may be sent" in one.says for one in house())


def test_own_texts_of_a_round():
    good, bad = Wording("S", "H", "B {{ round }}"), Wording("S", "H", "line\n{{ nothing }}")
    found = checking.check_own([("received", "en", good), ("received", "lv", bad), ("gone", "en", good)], "spring")
    assert [(one.file, one.line) for one in found] == [("spring/received/lv/body", 2), ("spring/gone/en", 1)]
