"""The few fixed words a trace needs, in the languages of the house."""
# ruff: noqa: E501 - a phrase and its translations stand on one line

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

_PHRASES: Mapping[str, Mapping[str, str]] = {
    "<": {"en": "below {} needed", "az": "{} həddindən aşağı olmalıdır", "ka": "საჭიროა {}-ზე ნაკლები", "lv": "jābūt mazāk par {}"},
    "<=": {"en": "at most {}", "az": "ən çoxu {}", "ka": "არაუმეტეს {}", "lv": "ne vairāk kā {}"},
    ">": {"en": "above {} needed", "az": "{} həddindən yuxarı olmalıdır", "ka": "საჭიროა {}-ზე მეტი", "lv": "jābūt vairāk par {}"},
    ">=": {"en": "at least {} needed", "az": "ən azı {} tələb olunur", "ka": "საჭიროა სულ მცირე {}", "lv": "vajag vismaz {}"},
    "==": {"en": "{} needed", "az": "{} tələb olunur", "ka": "საჭიროა {}", "lv": "vajag {}"},
    "!=": {"en": "anything but {}", "az": "{} istisna olmaqla", "ka": "ნებისმიერი, გარდა {}", "lv": "viss, izņemot {}"},
    "window": {"en": "closing {}", "az": "son müddət {}", "ka": "ბოლო ვადა {}", "lv": "termiņš {}"},
    "true": {"en": "yes", "az": "bəli", "ka": "დიახ", "lv": "jā"},
    "false": {"en": "no", "az": "xeyr", "ka": "არა", "lv": "nē"},
    "waived": {"en": "waived by an officer", "az": "məsul şəxs tərəfindən güzəşt edilib", "ka": "პასუხისმგებელმა პირმა გაათავისუფლა ამ მოთხოვნისგან", "lv": "atbildīgā persona no prasības atbrīvoja"},
    "unknown": {"en": "not yet known", "az": "hələ məlum deyil", "ka": "ჯერ უცნობია", "lv": "vēl nav zināms"},
    "policy": {"en": "not yet decided by the organiser", "az": "təşkilatçı hələ qərar verməyib", "ka": "ორგანიზატორს ჯერ არ გადაუწყვეტია", "lv": "rīkotājs vēl nav izlēmis"},
    "open": {"en": "not yet decided", "az": "hələ qərar verilməyib", "ka": "ჯერ გადაუწყვეტელია", "lv": "vēl nav izlemts"},
    "nothing": {"en": "nothing", "az": "heç nə", "ka": "არაფერი", "lv": "nekas"},
}  # fmt: skip
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def phrase(word: str, language: str) -> str:
    """A fixed phrase in the reader's language; English where it is not translated."""
    texts = _PHRASES[word]
    return texts.get(language, texts["en"])


def day(value: date, language: str) -> str:
    """A day as readers of the language write it: 9 January 2023, elsewhere 09.01.2023."""
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}" if language == "en" else value.strftime("%d.%m.%Y")
