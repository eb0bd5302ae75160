"""The words in which two editions are compared, in the languages of the house."""
# ruff: noqa: E501 - a phrase and its translations stand on one line

from __future__ import annotations

from collections.abc import Mapping

from rules.words import say

_PHRASES: Mapping[str, Mapping[str, str]] = {
    "instead": {"en": "{what}: {after} instead of {before}.", "az": "{what}: {before} əvəzinə {after}.", "ka": "{what}: {after} ({before}-ს ნაცვლად).", "lv": "{what}: {after}, nevis {before}."},
    "set": {"en": "{what}: {after} (before: nothing).", "az": "{what}: {after} (əvvəl göstərilməyib).", "ka": "{what}: {after} (ადრე არ იყო).", "lv": "{what}: {after} (agrāk nebija)."},
    "unset": {"en": "{what}: no longer stated (before: {before}).", "az": "{what}: artıq göstərilmir (əvvəl: {before}).", "ka": "{what}: აღარ არის მითითებული (ადრე: {before}).", "lv": "{what}: vairs nav norādīts (agrāk: {before})."},
    "clause added": {"en": "New condition: {says}", "az": "Yeni şərt: {says}", "ka": "ახალი პირობა: {says}", "lv": "Jauns nosacījums: {says}"},
    "clause removed": {"en": "No longer a condition: {says}", "az": "Artıq şərt deyil: {says}", "ka": "აღარ არის პირობა: {says}", "lv": "Vairs nav nosacījums: {says}"},
    "clause renamed": {"en": "The condition {before} is now called {after}: {says}", "az": "{before} şərti indi {after} adlanır: {says}", "ka": "პირობას {before} ახლა ჰქვია {after}: {says}", "lv": "Nosacījumu {before} tagad sauc {after}: {says}"},
    "parameter added": {"en": "New figure {what}: {after}.", "az": "Yeni göstərici {what}: {after}.", "ka": "ახალი სიდიდე {what}: {after}.", "lv": "Jauns lielums {what}: {after}."},
    "parameter removed": {"en": "The figure {what} is gone (it was {before}).", "az": "{what} göstəricisi çıxarılıb (əvvəl: {before}).", "ka": "სიდიდე {what} ამოღებულია (იყო {before}).", "lv": "Lielums {what} ir izņemts (bija {before})."},
    "policy added": {"en": "New open question: {says}", "az": "Yeni açıq sual: {says}", "ka": "ახალი ღია კითხვა: {says}", "lv": "Jauns atklāts jautājums: {says}"},
    "policy removed": {"en": "No longer an open question: {says}", "az": "Artıq açıq sual deyil: {says}", "ka": "აღარ არის ღია კითხვა: {says}", "lv": "Vairs nav atklāts jautājums: {says}"},
    "fact added": {"en": "Newly asked for: {says}", "az": "Yeni tələb olunan məlumat: {says}", "ka": "ახლა მოითხოვება: {says}", "lv": "Jauna prasītā ziņa: {says}"},
    "fact removed": {"en": "No longer asked for: {says}", "az": "Artıq tələb olunmayan məlumat: {says}", "ka": "აღარ მოითხოვება: {says}", "lv": "Vairs netiek prasīts: {says}"},
    "criterion added": {"en": "New criterion: {says}.", "az": "Yeni meyar: {says}.", "ka": "ახალი კრიტერიუმი: {says}.", "lv": "Jauns kritērijs: {says}."},
    "criterion removed": {"en": "No longer a criterion: {says}.", "az": "Artıq meyar deyil: {says}.", "ka": "აღარ არის კრიტერიუმი: {says}.", "lv": "Vairs nav kritērijs: {says}."},
    "outcome added": {"en": "New outcome: {says}.", "az": "Yeni nəticə: {says}.", "ka": "ახალი შედეგი: {says}.", "lv": "Jauns iznākums: {says}."},
    "outcome removed": {"en": "No longer an outcome: {says}.", "az": "Artıq belə nəticə yoxdur: {says}.", "ka": "ეს შედეგი აღარ არის: {says}.", "lv": "Vairs nav tāda iznākuma: {says}."},
    "added": {"en": "New: {what}: {says}", "az": "Yeni: {what}: {says}", "ka": "ახალი: {what}: {says}", "lv": "Jauns: {what}: {says}"},
    "removed": {"en": "Gone: {what}: {says}", "az": "Çıxarılıb: {what}: {says}", "ka": "ამოღებულია: {what}: {says}", "lv": "Izņemts: {what}: {says}"},
    "order": {"en": "{what}: the order is now {after} (before: {before}).", "az": "{what}: sıra indi belədir: {after} (əvvəl: {before}).", "ka": "{what}: რიგი ახლა ასეთია: {after} (ადრე: {before}).", "lv": "{what}: secība tagad ir {after} (agrāk: {before})."},
    "touches": {"en": " It touches {names}.", "az": " Təsir edir: {names}.", "ka": " ეხება: {names}.", "lv": " Skar: {names}."},
    "same": {"en": "Nothing changed.", "az": "Heç nə dəyişməyib.", "ka": "არაფერი შეცვლილა.", "lv": "Nekas nav mainījies."},
}  # fmt: skip
_BLOCKS: Mapping[str, Mapping[str, str]] = {
    "identity": {"en": "Identity", "az": "Əsas məlumat", "ka": "ძირითადი მონაცემები", "lv": "Pamatdati"},
    "in_force": {"en": "In force", "az": "Qüvvədə", "ka": "ძალაშია", "lv": "Spēkā"},
    "sources": {"en": "Sources", "az": "Mənbələr", "ka": "წყაროები", "lv": "Avoti"},
    "facts": {"en": "Facts", "az": "Məlumatlar", "ka": "ფაქტები", "lv": "Ziņas"},
    "parameters": {"en": "Figures and dates", "az": "Göstəricilər və tarixlər", "ka": "სიდიდეები და თარიღები", "lv": "Lielumi un datumi"},
    "policies": {"en": "Open questions", "az": "Açıq suallar", "ka": "ღია კითხვები", "lv": "Atklātie jautājumi"},
    "derived": {"en": "Derived values", "az": "Törəmə qiymətlər", "ka": "გამოთვლილი სიდიდეები", "lv": "Atvasinātās vērtības"},
    "admission": {"en": "Admission", "az": "Qəbul", "ka": "მიღება", "lv": "Pieņemšana"},
    "eligibility": {"en": "Eligibility", "az": "Uyğunluq", "ka": "დასაშვებობა", "lv": "Atbilstība"},
    "rubric": {"en": "Assessment", "az": "Qiymətləndirmə", "ka": "შეფასება", "lv": "Vērtēšana"},
    "jury": {"en": "Jury", "az": "Münsiflər", "ka": "ჟიური", "lv": "Žūrija"},
    "selection": {"en": "Selection", "az": "Seçim", "ka": "შერჩევა", "lv": "Atlase"},
    "outcomes": {"en": "Outcomes", "az": "Nəticələr", "ka": "შედეგები", "lv": "Iznākumi"},
    "validity": {"en": "Validity", "az": "Etibarlılıq", "ka": "მოქმედების ვადა", "lv": "Derīgums"},
    "milestones": {"en": "Milestones", "az": "Mərhələlər", "ka": "ეტაპები", "lv": "Starpposmi"},
    "appeals": {"en": "Appeals", "az": "Apellyasiya", "ka": "გასაჩივრება", "lv": "Pārsūdzība"},
}  # fmt: skip


def phrase(word: str, language: str) -> str:
    """A fixed phrase in the reader's language; English where it is not translated."""
    return say(_PHRASES[word], language)


def block(name: str, language: str) -> str:
    """The name of a block for a reader; what is not known is written as in the file."""
    return _BLOCKS.get(name, {}).get(language, _BLOCKS.get(name, {}).get("en", name.replace("_", " ")))
