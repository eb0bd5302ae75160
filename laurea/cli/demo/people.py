"""Made-up people and places for rehearsals: names that look right in their country and belong to nobody.

Addresses lie under names reserved for examples (RFC 2606), so no letter can reach a real mailbox.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from laurea.cli.demo import scenes

Draw = np.random.Generator


@dataclass(frozen=True)
class Pool:
    """What names of one language or country are drawn from.

    `family` holds a surname as `woman's/man's` where the two differ; `of_place` the form a town takes before its
    school, where that is not the town's own name.
    """

    women: Sequence[str]
    men: Sequence[str]
    family: Sequence[str]
    places: Sequence[str]
    school: Sequence[str]
    of_place: Mapping[str, str] = field(default_factory=dict)


_W = str.split  # a pool of plain words reads best as one line

_KA = _W("თბილისი ქუთაისი ბათუმი რუსთავი გორი თელავი ზუგდიდი ახალციხე ფოთი ოზურგეთი ამბროლაური მცხეთა")
POOLS: dict[str, Pool] = {
    "az": Pool(
        _W(
            "Aygün Günel Şəbnəm Nigar Könül Sevinc Lalə Türkan Gülnarə Aysel Çinarə Elnarə Ülviyyə Təranə Fidan "
            "Məleykə Xəyalə Pərvin Yeganə Zülfiyyə Səbinə İlahə"
        ),
        _W("Rəşad Elçin Vüqar Əli Orxan Anar Kənan Namiq"),
        [
            f"{name}a/{name}"
            for name in _W(
                "Məmmədov Əliyev Həsənov Quliyev Hüseynov Rzayev İsmayılov Abbasov Bağırov Cəfərov Nəsirov Qasımov "
                "Səfərov Vəliyev Şükürov Xəlilov Kərimov Ağayev Yusifov Orucov"
            )
        ],
        _W("Bakı Gəncə Sumqayıt Şəki Quba Lənkəran Şirvan Mingəçevir Qəbələ Şamaxı İsmayıllı Göyçay Xaçmaz Naftalan"),
        [
            "{place} şəhəri {n} nömrəli tam orta məktəb",
            "{place} şəhəri №{n} məktəb-lisey",
            "{place} {n} №-li gimnaziya",
        ],
    ),
    "ka": Pool(
        _W(
            "ნინო თამარ ქეთევან მარიამ ნათია ეკა მაია ლელა ხათუნა ირმა თეა სოფიო შორენა ნანა რუსუდან ლიკა თინათინ "
            "მანანა"
        ),
        _W("გიორგი დავით ლევან ზურაბ"),
        _W(
            "ბერიძე კაპანაძე გელაშვილი მაისურაძე გიორგაძე ლომიძე ჩხაიძე ხუციშვილი წიკლაური კვარაცხელია ჯაფარიძე "
            "მჭედლიშვილი სვანიძე აბაშიძე დოლიძე ფხაკაძე"
        ),
        _KA,
        ["{place} №{n} საჯარო სკოლა", "{place} საჯარო სკოლა №{n}"],
        {town: f"{town[:-1]}ის" for town in _KA},
    ),
    "lv": Pool(
        _W(
            "Ilze Līga Inese Žanete Dace Anda Sanita Kristīne Gunta Iveta Zane Evija Ieva Rūta Solvita Ņina Baiba "
            "Agnese"
        ),
        _W("Jānis Andris Māris Ģirts"),
        _W(
            "Bērziņa/Bērziņš Kalniņa/Kalniņš Ozoliņa/Ozoliņš Liepiņa/Liepiņš Krūmiņa/Krūmiņš Balode/Balodis "
            "Zariņa/Zariņš Eglīte/Eglītis Šmite/Šmits Ķirse/Ķirsis Āboliņa/Āboliņš Vītola/Vītols Pētersone/Pētersons "
            "Grīnberga/Grīnbergs Jansone/Jansons Lūse/Lūsis"
        ),
        _W("Rīga Daugavpils Liepāja Jelgava Ventspils Rēzekne Valmiera Cēsis Sigulda Kuldīga Tukums Ogre"),
        ["{place} {n}. vidusskola", "{place} {n}. pamatskola", "{place} Valsts ģimnāzija Nr. {n}"],
        dict(
            zip(
                _W("Rīga Liepāja Jelgava Rēzekne Valmiera Cēsis Sigulda Kuldīga Tukums Ogre"),
                _W("Rīgas Liepājas Jelgavas Rēzeknes Valmieras Cēsu Siguldas Kuldīgas Tukuma Ogres"),
                strict=True,
            )
        ),
    ),
}
"""By the language an applicant writes in, where that is a language of Laurea."""


def _abroad() -> dict[str, Pool]:
    """Pools of the other countries, from the table beside this file."""
    with (Path(__file__).parent / "countries.csv").open(encoding="utf-8", newline="") as stream:
        return {
            row["country"]: Pool(
                _W(row["women"]), _W(row["men"]), _W(row["surnames"]), _W(row["towns"]), [row["school"]]
            )
            for row in csv.DictReader(stream, delimiter=";")
        }


ABROAD = _abroad()


def pool(language: str, country: str) -> Pool:
    """What names are drawn from: those of the language where it is one country's, else those of the country."""
    return POOLS.get(language) or ABROAD.get(country) or POOLS[scenes.LANGUAGE_OF[country]]


def _pick(words: Sequence[str], draw: Draw) -> str:
    return words[int(draw.integers(len(words)))]


def person(pool: Pool, draw: Draw) -> str:
    """A full name."""
    given, family = _pick([*pool.women, *pool.men], draw), _pick(pool.family, draw).split("/")
    return f"{given} {family[0] if given in pool.women else family[-1]}"


def place(pool: Pool, draw: Draw) -> str:
    """A town, which also serves as the region."""
    return _pick(pool.places, draw)


def school(pool: Pool, where: str, number: int, draw: Draw) -> str:
    """A school's name in its own script; `number` makes it one of a kind."""
    return _pick(pool.school, draw).format(place=pool.of_place.get(where, where), n=number)


def address(kind: str, number: int, country: str) -> str:
    """An address that cannot exist, one for each kind of person, number and country."""
    return f"{kind}{number:05d}@{country.lower()}.example.org"


TITLES: dict[str, Sequence[str]] = {
    "az": (
        "Yaşıl planetim",
        "Suyun səyahəti",
        "Nağıllar körpüsü",
        "Rəqəmsal bağça",
        "Sözün gücü",
        "Kodlaşdırma dostları",
        "Sağlam qida, sağlam uşaq",
        "Mədəniyyətlər xalçası",
        "Ulduzlara doğru",
        "Riyaziyyat hər yerdə",
    ),
    "ka": ("მწვანე სკოლა", "ზღაპრების ხიდი", "წყლის მოგზაურობა", "ციფრული ბაღი", "ერთი ცის ქვეშ"),
    "lv": ("Zaļā skola", "Ūdens ceļojums", "Pasaku tilts", "Digitālais dārzs", "Zem vienām debesīm"),
    "en": (
        "Green Voices",
        "Bridges of Tales",
        "Water Travels",
        "Our Digital Garden",
        "Code with Friends",
        "Under One Sky",
        "Bees and Us",
        "Maths Around Us",
        "A Book without Borders",
        "Sounds of Home",
    ),
}


def title(language: str, number: int, draw: Draw) -> str:
    """A project's name with a number, so that two projects never share one."""
    return f"{_pick(TITLES[language], draw)} {number}"
