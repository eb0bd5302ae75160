"""Languages: nothing untranslated, placeholders agree, numbers and dates as each language writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from babel.dates import get_month_names
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment

from notifications import dates, extract
from notifications.catalogues import LANGUAGES, LOCALES, catalogue_path, domains, known_language, messages, translator
from notifications.errors import BadData
from notifications.filled import Untranslated, marked
from notifications.plurals import PLURALS

OTHERS = [language for language in LANGUAGES if language != "en"]
WHOLE = [(language, domain) for language in OTHERS for domain in domains(language)]
SALUTATIONS = {"Dear %(name)s,", "Good day,"}  # in Latvian they end with an exclamation mark


@pytest.mark.parametrize(("language", "domain"), WHOLE)
def test_every_sentence_is_translated_and_its_placeholders_agree(language, domain):
    assert [str(fault) for fault in extract.faults(language, domain)] == []


@pytest.mark.parametrize("language", OTHERS)
def test_georgian_stays_georgian_and_quotes_pair_up(language):
    sentences = messages(language, "laurea") | messages(language, "public")
    for sentence, forms in sentences.items():
        for form in forms:
            marks = [sign for sign in form if sign in "“”„«»"]
            assert len(marks) == sentence.count("“") + sentence.count("”"), form
            assert len(set(marks)) <= 2, form  # one way of quoting in a sentence
            assert form.strip() == form
            assert not any("\u1c90" <= letter <= "\u1cbf" for letter in form)  # Georgian capitals: many fonts lack them
            assert ends(form, language) == (sentence[-1] in ".!?") or sentence in SALUTATIONS, form


def ends(form: str, language: str) -> bool:
    """Whether a text closes as a sentence does; an Armenian question has its mark inside, a Greek one ends with `;`."""
    return form[-1] in {"hy": "։", "el": ".!;"}.get(language, ".!?") or (language == "hy" and "՞" in form)


@pytest.mark.parametrize(("language", "domain"), WHOLE)
def test_the_file_states_our_plural_forms(language, domain):
    text = catalogue_path(language, domain).read_text(encoding="utf-8")
    assert f'"Plural-Forms: {PLURALS[language].header}\\n"' in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_plural_form_is_the_one_of_cldr(language):
    plurals = PLURALS[language]
    for number in (*range(200), 1_000, 1_001, 1_000_000):
        wanted = dates.locale(language).plural_form(number)
        if number == 1_000_000 and language in ("es", "fr", "it", "pt"):
            assert wanted == "many"  # “a million of …”: not written in figures
            wanted = "other"
        assert plurals.classes[plurals.form(number)] == wanted, number
    assert f"nplurals={len(plurals.classes)};" in plurals.header


@pytest.mark.parametrize(
    ("language", "number", "says"),
    [
        ("en", 1, "1 application is waiting"),
        ("en", 0, "0 applications are waiting"),
        ("lv", 0, "0 pieteikumu gaida"),
        ("lv", 1, "1 pieteikums gaida"),
        ("lv", 2, "2 pieteikumi gaida"),
        ("lv", 11, "11 pieteikumu gaida"),
        ("lv", 21, "21 pieteikums gaida"),
        ("ka", 1, "1 განაცხადი ელოდება"),
        ("ka", 5, "5 განაცხადი ელოდება"),
        ("az", 5, "5 müraciət"),
        ("pl", 1, "1 wniosek czeka"),
        ("pl", 4, "4 wnioski czekają"),
        ("pl", 12, "12 wniosków czeka"),
        ("pl", 21, "21 wniosków czeka"),
        ("uk", 21, "21 заявка чекає"),
        ("uk", 11, "11 заявок чекають"),
        ("ro", 0, "0 candidaturi așteaptă"),
        ("ro", 20, "20 de candidaturi așteaptă"),
        ("ro", 101, "101 candidaturi așteaptă"),
        ("fr", 0, "0 candidature attend"),
        ("fr", 2, "2 candidatures attendent"),
    ],
)
def test_sentences_with_numbers(language, number, says):
    form = translator(language, "laurea").ngettext(
        "%(num)s application is waiting for your review: %(round)s",
        "%(num)s applications are waiting for your review: %(round)s",
        number,
    )
    assert (form % {"num": number, "round": "x"}).startswith(says)


def test_what_nobody_translated_appears_in_english():
    assert translator("ka").gettext("A sentence nobody knows") == "A sentence nobody knows"
    assert translator("lv").ngettext("one thing", "many things", 21) == "many things"


def test_what_nobody_translated_is_marked_where_a_tag_may_stand():
    said = {"_": translator("fr").gettext, "n": "<b>"}
    page = Environment(autoescape=True).from_string(
        "<title>{{ _('Nobody {n}').format(n=1) }}</title><p title=\"{{ _('knows > it') }}\">"
        "{{ _('at {n}').format(n=n) }}</p>"
        "<option value=\"{{ _('all') }}\">{{ _('none at all') }}</option><b>{{ _('Country') }}</b>"
    )
    assert marked(page.render(said)) == (
        '<title>Nobody 1</title><p title="knows &gt; it"><span class="english" lang="en">at &lt;b&gt;</span></p>'
        '<option value="tous">none at all</option><b>Pays</b>'
    )
    assert not isinstance(translator("en").gettext("Nobody knows it"), Untranslated)


def test_every_language_is_whole_in_its_folder():
    found = {path.name for path in LOCALES.iterdir()}
    assert found == set(LANGUAGES)
    assert {path.parent.name for path in LOCALES.glob("*/samples.yaml")} == set(LANGUAGES)


@pytest.mark.parametrize(
    ("asked", "served"),
    [
        ("lv", "lv"),
        ("lv-LV", "lv"),
        ("LV_lv", "lv"),
        ("az-Latn-AZ", "az"),
        ("de-AT", "de"),
        ("pt-BR", "pt"),
        ("ja", "en"),
        ("", "en"),
    ],
)
def test_known_language(asked, served):
    assert known_language(asked) == served


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", "2 June 2025"),
        ("az", "2 iyun 2025-ci il"),
        ("ka", "2025 წლის 2 ივნისი"),
        ("lv", "2025. gada 2. jūnijs"),
        ("bg", "2 юни 2025\u00a0г."),
        ("cs", "2. června 2025"),
        ("de", "2. Juni 2025"),
        ("el", "2 Ιουνίου 2025"),
        ("es", "2 de junio de 2025"),
        ("et", "2. juuni 2025"),
        ("fr", "2 juin 2025"),
        ("hr", "2. lipnja 2025."),
        ("hy", "2 հունիսի, 2025 թ."),
        ("it", "2 giugno 2025"),
        ("lt", "2025 m. birželio 2 d."),
        ("pl", "2 czerwca 2025"),
        ("pt", "2 de junho de 2025"),
        ("ro", "2 iunie 2025"),
        ("sl", "2. junij 2025"),
        ("tr", "2 Haziran 2025"),
        ("uk", "2 червня 2025\u00a0р."),
    ],
)
def test_a_day_in_words(language, says):
    assert dates.day(date(2025, 6, 2), language) == says


def test_the_first_of_a_french_month_is_an_ordinal():
    assert dates.day(date(2025, 1, 1), "fr") == "1er janvier 2025"
    assert dates.day(date(2025, 1, 11), "fr") == "11 janvier 2025"


@pytest.mark.parametrize(
    ("language", "says"),
    [("en", "2 Jun 2025"), ("de", "2. Juni 2025"), ("pt", "2 jun. 2025"), ("lt", "2025-06-02"), ("fr", "2 juin 2025")],
)
def test_a_short_day(language, says):
    assert dates.short_day(date(2025, 6, 2), language) == says


@pytest.mark.parametrize(
    ("year", "ending"),
    [
        (2020, "ci"), (2021, "ci"), (2022, "ci"), (2023, "cü"), (2024, "cü"), (2025, "ci"), (2026, "cı"),
        (2027, "ci"), (2028, "ci"), (2029, "cu"), (2030, "cu"), (2040, "cı"), (2050, "ci"), (2060, "cı"),
        (2000, "ci"), (2010, "cu"), (2070, "ci"), (2080, "ci"), (2090, "cı"), (2100, "cü"),
    ],
)  # fmt: skip
def test_azerbaijani_year_takes_the_ending_of_its_last_word(year, ending):
    assert dates.day(date(year, 1, 1), "az") == f"1 yanvar {year}-{ending} il"


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2099, 12, 31)), st.sampled_from(LANGUAGES))
def test_a_day_names_its_month_in_words(when, language):
    said = dates.day(when, language)
    assert get_month_names("wide", locale=dates.locale(language))[when.month] in said
    assert str(when.day) in said
    assert str(when.year) in said


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", "16 June 2025, 18:00 (Baku, UTC+4)"),
        ("az", "16 iyun 2025-ci il, 18:00 (Bakı, UTC+4)"),
        ("ka", "2025 წლის 16 ივნისი, 18:00 (ბაქო, UTC+4)"),
        ("lv", "2025. gada 16. jūnijs, 18:00 (Baku, UTC+4)"),
    ],
)
def test_a_moment_names_place_and_offset(language, says):
    assert dates.moment(datetime(2025, 6, 16, 14, tzinfo=UTC), "Asia/Baku", language) == says


def test_a_moment_in_the_hour_that_comes_twice_is_told_apart():
    first = datetime(2025, 10, 26, 0, 30, tzinfo=UTC)  # in Riga 03:30 comes twice that night
    said = [dates.moment(first + timedelta(hours=hours), "Europe/Riga", "en") for hours in (0, 1)]
    assert said == ["26 October 2025, 03:30 (Riga, UTC+3)", "26 October 2025, 03:30 (Riga, UTC+2)"]


def test_half_hours_and_utc():
    when = datetime(2025, 1, 1, 12, tzinfo=UTC)
    assert dates.moment(when, "Asia/Kolkata", "en").endswith("17:30 (Kolkata, UTC+5:30)")
    assert dates.moment(when, "UTC", "en") == "1 January 2025, 12:00 (UTC)"


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "Asia/\x00"])
def test_an_unknown_time_zone_is_refused(name):
    with pytest.raises(BadData, match="time zone"):
        dates.in_zone(datetime(2025, 1, 1, tzinfo=UTC), name)


def test_extract_reports_what_is_wrong(tmp_path, monkeypatch):
    templates = tmp_path / "notifications/templates"
    templates.mkdir(parents=True)
    (templates / "a.txt.j2").write_text(
        "{{ _('Missing') }}{{ _('Hello %(name)s', name=x) }}{{ ngettext('%(num)s day', '%(num)s days', n) }}"
    )
    po = tmp_path / "lv.po"
    po.write_text(
        extract.header("lv", "laurea")
        + '\nmsgid "Hello %(name)s"\nmsgstr "Sveiki %(nmae)s"\n'
        + '\nmsgid "%(num)s day"\nmsgid_plural "%(num)s days"\nmsgstr[0] "%(num)s diena"\nmsgstr[1] "%(num)s dienas"\n'
        + '\nmsgid "Old"\nmsgstr "Vecs"\n',
        encoding="utf-8",
    )
    monkeypatch.setattr(extract, "catalogue_path", lambda *_: po)
    found = {(fault.sentence, fault.problem) for fault in extract.faults("lv", "laurea", tmp_path)}
    assert found == {
        ("%(num)s day", "not translated"),
        ("Hello %(name)s", "placeholders differ from ['name']"),
        ("Missing", "not translated"),
        ("Old", "not used any more"),
    }


def test_extract_as_a_command(capsys):
    assert extract.main(["laurea"]) == 0
    assert capsys.readouterr().out == ""
    with pytest.raises(SystemExit):
        extract.main(["nowhere"])
