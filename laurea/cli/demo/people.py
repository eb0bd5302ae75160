"""Made-up people and places for rehearsals: names that look right in their country and belong to nobody.

Addresses lie under names reserved for examples (RFC 2606), so no letter can reach a real mailbox.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Draw = np.random.Generator


@dataclass(frozen=True)
class Pool:
    """What names of one language are drawn from. `school` takes a number or a saint, a poet, a place."""

    given: Sequence[str]
    family: Sequence[str]
    places: Sequence[str]
    school: Sequence[str]


_W = str.split  # a pool of plain words reads best as one line

POOLS: dict[str, Pool] = {
    "az": Pool(
        _W(
            "Aygün Günel Şəbnəm Nigar Könül Sevinc Lalə Türkan Gülnarə Aysel Çinarə Elnarə Rəşad Elçin Vüqar Əli "
            "Orxan Ülviyyə Təranə Fidan Məleykə Xəyalə Pərvin Anar Kənan Yeganə Zülfiyyə Səbinə İlahə Namiq"
        ),
        _W(
            "Məmmədova Əliyeva Həsənova Quliyeva Hüseynova Rzayeva İsmayılova Abbasova Bağırova Cəfərova Nəsirova "
            "Qasımova Səfərova Vəliyeva Şükürova Xəlilova Kərimova Ağayeva Yusifova Orucova"
        ),
        _W("Bakı Gəncə Sumqayıt Şəki Quba Lənkəran Şirvan Mingəçevir Qəbələ Şamaxı İsmayıllı Göyçay Xaçmaz Naftalan"),
        [
            "{place} şəhəri {n} nömrəli tam orta məktəb",
            "{place} şəhəri №{n} məktəb-lisey",
            "{place} {n} №-li gimnaziya",
        ],
    ),
    "ka": Pool(
        _W(
            "ნინო თამარ ქეთევან მარიამ ნათია ეკა მაია ლელა ხათუნა ირმა გიორგი დავით ლევან ზურაბ თეა სოფიო შორენა "
            "ნანა რუსუდან ლიკა თინათინ მანანა"
        ),
        _W(
            "ბერიძე კაპანაძე გელაშვილი მაისურაძე გიორგაძე ლომიძე ჩხაიძე ხუციშვილი წიკლაური კვარაცხელია ჯაფარიძე "
            "მჭედლიშვილი სვანიძე აბაშიძე დოლიძე ფხაკაძე"
        ),
        _W("თბილისი ქუთაისი ბათუმი რუსთავი გორი თელავი ზუგდიდი ახალციხე ფოთი ოზურგეთი ამბროლაური მცხეთა"),
        ["{place}ს №{n} საჯარო სკოლა", "{place}ს {n}-ე საჯარო სკოლა"],
    ),
    "lv": Pool(
        _W(
            "Ilze Līga Inese Žanete Dace Anda Sanita Kristīne Gunta Iveta Jānis Andris Māris Ģirts Zane Evija Ieva "
            "Rūta Solvita Ņina Baiba Agnese"
        ),
        _W(
            "Bērziņa Kalniņa Ozoliņa Liepiņa Krūmiņa Balode Zariņa Eglīte Šmite Ķirse Āboliņa Vītola Pētersone "
            "Grīnberga Jansone Lūse"
        ),
        _W("Rīga Daugavpils Liepāja Jelgava Ventspils Rēzekne Valmiera Cēsis Sigulda Kuldīga Tukums Ogre"),
        ["{place}s {n}. vidusskola", "{place}s {n}. pamatskola", "{place}s Valsts ģimnāzija Nr. {n}"],
    ),
    "en": Pool(
        _W(
            "Anna Elena Maria Zeynep Marta Chiara Ioana Katarzyna Petra Ana Sofia Marco José Paweł Luca Dimitra Eszter "
            "Jana Ivana Milica Laura Emma Pierre Søren Björn Aoife Siobhán Tuğba Özlem Mihai Ștefania Łukasz"
        ),
        _W(
            "Rossi Novák Kowalska Papadopoulou Yılmaz García Silva Popescu Horváth Müller Dubois Jansen Nielsen "
            "Virtanen Ivanova Petrović Kovačić Nowak Çelik Öztürk Ferreira Moreau O'Neill Zammit Kazlauskienė Tamm "
            "Andersson Berg Hoxha Stojanovska"
        ),
        _W(
            "Ankara Izmir Torino Bari Łódź Gdynia Cluj Iași Porto Braga Zagreb Split Atina Patras Brno Košice Győr "
            "Graz Lyon Reims Sevilla Murcia Niš Varna Tampere Turku Tartu Kaunas Galway Valletta"
        ),
        [
            "{place} School No. {n}",
            "{place} Secondary School {n}",
            "{place} Primary School “{n} October”",
            "Lycée {n}, {place}",
            "IC {place} {n}",
        ],
    ),
}


def _pick(words: Sequence[str], draw: Draw) -> str:
    return words[int(draw.integers(len(words)))]


def person(pool: Pool, draw: Draw) -> str:
    """A full name."""
    return f"{_pick(pool.given, draw)} {_pick(pool.family, draw)}"


def place(pool: Pool, draw: Draw) -> str:
    """A town, which also serves as the region."""
    return _pick(pool.places, draw)


def school(pool: Pool, where: str, number: int, draw: Draw) -> str:
    """A school's name in its own script; `number` makes it one of a kind."""
    return _pick(pool.school, draw).format(place=where, n=number)


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
