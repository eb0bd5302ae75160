"""The few fixed words a trace needs, in the languages of the house: figures with their plural forms, days, moments.

Which word goes with a figure follows the plural rules of Unicode (CLDR): English and Latvian inflect, nouns of
Azerbaijani and Georgian stay singular after a figure.
"""
# ruff: noqa: E501 - a phrase and its translations stand on one line

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction

from rules.speech import chosen, day, form
from rules.words import say

__all__ = ["chosen", "city", "counted", "day", "form", "joined", "moment", "phrase"]

_PHRASES: Mapping[str, Mapping[str, str]] = {
    "<": {"en": "below {} needed", "az": "{} həddindən aşağı olmalıdır", "ka": "საჭიროა {}-ზე ნაკლები", "lv": "jābūt mazāk par {}"},
    "<=": {"en": "at most {}", "az": "ən çoxu {}", "ka": "არაუმეტეს {}", "lv": "ne vairāk kā {}"},
    ">": {"en": "above {} needed", "az": "{} həddindən yuxarı olmalıdır", "ka": "საჭიროა {}-ზე მეტი", "lv": "jābūt vairāk par {}"},
    ">=": {"en": "at least {} needed", "az": "ən azı {} tələb olunur", "ka": "საჭიროა სულ მცირე {}", "lv": "vajag vismaz {}"},
    "==": {"en": "{} needed", "az": "{} tələb olunur", "ka": "საჭიროა {}", "lv": "vajag {}"},
    "!=": {"en": "anything but {}", "az": "{} istisna olmaqla", "ka": "ნებისმიერი, გარდა {}", "lv": "viss, izņemot {}"},
    "date <": {"en": "before {} needed", "az": "{} tarixindən əvvəl olmalıdır", "ka": "საჭიროა {}-მდე", "lv": "jābūt pirms {}"},
    "date <=": {"en": "{} or earlier", "az": "{} və ya daha əvvəl", "ka": "{} ან უფრო ადრე", "lv": "{} vai agrāk"},
    "date >": {"en": "after {} needed", "az": "{} tarixindən sonra olmalıdır", "ka": "საჭიროა {}-ის შემდეგ", "lv": "jābūt pēc {}"},
    "date >=": {"en": "{} or later", "az": "{} və ya daha sonra", "ka": "{} ან უფრო გვიან", "lv": "{} vai vēlāk"},
    "window": {"en": "closing {}", "az": "son müddət {}", "ka": "ბოლო ვადა {}", "lv": "termiņš {}"},
    "window opens": {"en": "opening {}", "az": "başlanğıc {}", "ka": "იწყება {}", "lv": "sākums {}"},
    "true": {"en": "yes", "az": "bəli", "ka": "დიახ", "lv": "jā"},
    "false": {"en": "no", "az": "xeyr", "ka": "არა", "lv": "nē"},
    "waived": {"en": "waived by an officer", "az": "məsul şəxs tərəfindən güzəşt edilib", "ka": "პასუხისმგებელმა პირმა გაათავისუფლა ამ მოთხოვნისგან", "lv": "atbildīgā persona no prasības atbrīvoja"},
    "waived because": {"en": "waived: {}", "az": "güzəşt edilib: {}", "ka": "გათავისუფლებულია: {}", "lv": "atbrīvots no prasības: {}"},
    "unknown": {"en": "not yet known", "az": "hələ məlum deyil", "ka": "ჯერ უცნობია", "lv": "vēl nav zināms"},
    "policy": {"en": "not yet decided by the organiser", "az": "təşkilatçı hələ qərar verməyib", "ka": "ორგანიზატორს ჯერ არ გადაუწყვეტია", "lv": "rīkotājs vēl nav izlēmis"},
    "depends": {"en": "depends on an open question: {}", "az": "açıq sualdan asılıdır: {}", "ka": "დამოკიდებულია ღია კითხვაზე: {}", "lv": "atkarīgs no atklāta jautājuma: {}"},
    "open": {"en": "not yet decided", "az": "hələ qərar verilməyib", "ka": "ჯერ გადაუწყვეტელია", "lv": "vēl nav izlemts"},
    "place": {
        "en": "place {} of {}, {} chosen",
        "az": "yer: {} / {}, seçilib: {}",
        "ka": "ადგილი: {} / {}, შერჩეულია: {}",
        "lv": "vieta: {} no {}, izraudzīti: {}",
    },
    "lot": {
        "en": "drawn by lot as number {}, places left: {}, seed {}",
        "az": "püşkatma ilə {} nömrəsi, qalan yerlər: {}, başlanğıc ədədi: {}",
        "ka": "წილისყრით ნომერი {}, დარჩენილი ადგილები: {}, საწყისი რიცხვი: {}",
        "lv": "izlozēts ar numuru {}, atlikušās vietas: {}, izlozes sākumskaitlis: {}",
    },
    "tie_break": {
        "en": "number {} at the line, places left: {}",
        "az": "hədd sırasında {} nömrəsi, qalan yerlər: {}",
        "ka": "ზღვართან ნომერი {}, დარჩენილი ადგილები: {}",
        "lv": "pie sliekšņa numurs {}, atlikušās vietas: {}",
    },
    "outside": {
        "en": "not among them: the order decided",
        "az": "onların arasında deyil: nəticəni sıralama həll edib",
        "ka": "მათ შორის არ არის: გადაწყვიტა რიგითობამ",
        "lv": "nav to vidū: izšķīra secība",
    },
    "nothing": {"en": "nothing", "az": "heç nə", "ka": "არაფერი", "lv": "nekas"},
    "decided by": {"en": "decided by", "az": "necə həll olunur", "ka": "როგორ წყდება", "lv": "izlemj"},
    "figure": {"en": "figure", "az": "göstərici", "ka": "სიდიდე", "lv": "lielums"},
    "fact": {"en": "fact", "az": "məlumat", "ka": "ფაქტი", "lv": "ziņa"},
    "written in": {"en": "written in", "az": "mənbə", "ka": "წყარო", "lv": "avots"},
    # what would have been enough: evaluators.counterfactual
    "enough": {"en": "What would have passed: {}.", "az": "Keçmək üçün bu bəs edərdi: {}.", "ka": "საკმარისი იქნებოდა: {}.", "lv": "Būtu pieticis: {}."},
    "or": {"en": "{}, or {}", "az": "{}, yaxud {}", "ka": "{}, ან {}", "lv": "{}, vai {}"},
    "and": {"en": "{} and {}", "az": "{} və {}", "ka": "{} და {}", "lv": "{} un {}"},
    "about": {"en": "“{}”: {}", "az": "“{}”: {}", "ka": "„{}“: {}", "lv": "“{}”: {}"},
    "instead": {"en": "{0} instead of {1}", "az": "{1} əvəzinə {0}", "ka": "{0} ({1}-ს ნაცვლად)", "lv": "{0}, nevis {1}"},
    "unstated": {"en": "nothing stated", "az": "göstərilməyib", "ka": "მითითებული არ არის", "lv": "nav norādīts"},
    "one of": {"en": "one of {}", "az": "bunlardan biri: {}", "ka": "ერთ-ერთი: {}", "lv": "viens no: {}"},
    "other than": {"en": "anything other than {}", "az": "{} istisna olmaqla hər hansı", "ka": "ნებისმიერი, გარდა: {}", "lv": "jebkas, izņemot {}"},
    "of these": {"en": "{} with {}", "az": "{} ({})", "ka": "{} ({})", "lv": "{} ({})"},
    "more": {"en": "{} more", "az": "daha {}", "ka": "კიდევ {}", "lv": "vēl {}"},
    "fewer": {"en": "{} fewer", "az": "{} az", "ka": "{}-ით ნაკლები", "lv": "par {} mazāk"},
    "higher": {"en": "{} more", "az": "{} çox", "ka": "{}-ით მეტი", "lv": "par {} vairāk"},
    "lower": {"en": "{} less", "az": "{} az", "ka": "{}-ით ნაკლები", "lv": "par {} mazāk"},
    "earlier": {"en": "{} earlier", "az": "{} əvvəl", "ka": "{} ადრე", "lv": "{} agrāk"},
    "later": {"en": "{} later", "az": "{} sonra", "ka": "{} გვიან", "lv": "{} vēlāk"},
    "distance": {"en": "Short of the threshold by {}.", "az": "Həddə qədər: {}.", "ka": "ზღვრამდე: {}.", "lv": "Līdz slieksnim: {}."},
    "on the threshold": {"en": "Exactly on the threshold; more than that is needed.", "az": "Tam həddədir; bundan artıq tələb olunur.", "ka": "ზუსტად ზღვარზეა; საჭიროა მეტი.", "lv": "Tieši uz sliekšņa; vajag vairāk."},
    "more than": {"en": "more than {}", "az": "{}-dən çox", "ka": "{}-ზე მეტი", "lv": "vairāk nekā {}"},
    "last place": {"en": "Short of the last place taken by {}.", "az": "Tutulmuş son yerə qədər: {}.", "ka": "ბოლო დაკავებულ ადგილამდე: {}.", "lv": "Līdz pēdējai ieņemtajai vietai: {}."},
    "equal to the last": {"en": "Equal to the last place taken; the rule for equals decided.", "az": "Tutulmuş son yerlə bərabərdir; bərabərlik qaydası həlledici olub.", "ka": "ბოლო დაკავებული ადგილის ტოლია; გადაწყვიტა თანაბრობის წესმა.", "lv": "Vienāds ar pēdējo ieņemto vietu; izšķīra vienādu rezultātu noteikums."},
    "no place": {"en": "No place was taken in this group.", "az": "Bu qrupda heç bir yer tutulmayıb.", "ka": "ამ ჯგუფში ადგილი არავის დაუკავებია.", "lv": "Šajā grupā neviena vieta nav ieņemta."},
    "earlier applications": {"en": "{}", "az": "{}", "ka": "{}", "lv": "par {}"},
}  # fmt: skip
_COUNTED: Mapping[str, Mapping[str, Sequence[str]]] = {  # one | other; Latvian: one | other | none and 11 to 19
    "day": {"en": ("day", "days"), "az": ("gün",), "ka": ("დღით",), "lv": ("dienu", "dienas")},
    "hour": {"en": ("hour", "hours"), "az": ("saat",), "ka": ("საათით",), "lv": ("stundu", "stundas")},
    "minute": {"en": ("minute", "minutes"), "az": ("dəqiqə",), "ka": ("წუთით",), "lv": ("minūti", "minūtes")},
    "second": {"en": ("second", "seconds"), "az": ("saniyə",), "ka": ("წამით",), "lv": ("sekundi", "sekundes")},
    "point": {"en": ("point", "points"), "az": ("bal",), "ka": ("ქულა",), "lv": ("punkts", "punkti", "punktu")},
    "application": {"en": ("fewer application before this one", "fewer applications before this one"), "az": ("müraciət az (bundan əvvəl)",), "ka": ("განაცხადით ნაკლები ამ განაცხადამდე",), "lv": ("pieteikumu mazāk pirms šī", "pieteikumiem mazāk pirms šī")},
}  # fmt: skip
_CITIES: Mapping[str, Mapping[str, str]] = {
    "Baku": {"az": "Bakı", "ka": "ბაქო"},
    "Tbilisi": {"az": "Tbilisi", "ka": "თბილისი"},
    "Riga": {"az": "Riqa", "ka": "რიგა", "lv": "Rīga"},
    "Brussels": {"az": "Brüssel", "ka": "ბრიუსელი", "lv": "Brisele"},
    "Warsaw": {"az": "Varşava", "ka": "ვარშავა", "lv": "Varšava"},
    "Lisbon": {"az": "Lissabon", "ka": "ლისაბონი", "lv": "Lisabona"},
    "Madrid": {"az": "Madrid", "ka": "მადრიდი", "lv": "Madride"},
    "Rome": {"az": "Roma", "ka": "რომი", "lv": "Roma"},
    "Prague": {"az": "Praqa", "ka": "პრაღა", "lv": "Prāga"},
    "Berlin": {"az": "Berlin", "ka": "ბერლინი", "lv": "Berlīne"},
    "Paris": {"az": "Paris", "ka": "პარიზი", "lv": "Parīze"},
    "Vienna": {"az": "Vyana", "ka": "ვენა", "lv": "Vīne"},
    "Belgrade": {"az": "Belqrad", "ka": "ბელგრადი", "lv": "Belgrada"},
    "Copenhagen": {"az": "Kopenhagen", "ka": "კოპენჰაგენი", "lv": "Kopenhāgena"},
}


def phrase(word: str, language: str) -> str:
    """A fixed phrase in the reader's language; English where it is not translated."""
    return say(_PHRASES[word], language)


def counted(figure: Fraction, what: str, language: str, text: str | None = None) -> str:
    """A figure with its word: 1 day, 3 days. `text` is how the figure is written, where that is not plain."""
    forms = _COUNTED[what].get(language) or _COUNTED[what]["en"]
    return f"{figure if text is None else text} {chosen(figure, forms, language)}"


def moment(value: datetime, zone: str | None, language: str) -> str:
    """A local moment with the place whose time it is: 2 December 2022, 09:52 (Baku). Seconds only where there are."""
    clock = value.strftime("%H:%M:%S" if value.second else "%H:%M")
    place = city(zone, language)
    return f"{day(value.date(), language)}, {clock}" + (f" ({place})" if place else "")


def city(zone: str | None, language: str) -> str:
    """The place a time zone is named after, in the reader's language where the house knows it."""
    if not zone:
        return ""
    if zone[0] in "+-":
        return f"UTC{zone}"
    if zone.startswith("Etc/GMT"):  # named the other way round: Etc/GMT-1 is one hour ahead
        return "UTC" + zone[7:].translate(str.maketrans("+-", "-+"))
    name = zone.rsplit("/", 1)[-1].replace("_", " ")
    return _CITIES.get(name, {}).get(language, name)


def joined(parts: Sequence[str], word: str, language: str) -> str:
    """Several parts as one: a, b and c; a, b, or c."""
    if len(parts) < 2:
        return "".join(parts)
    return phrase(word, language).format(", ".join(parts[:-1]), parts[-1])
