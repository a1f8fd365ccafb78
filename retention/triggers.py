"""Events from which terms count (стартовые события): their codes, and how their words are recognised.

An event gets a code only if each of its words is accounted for; otherwise it is `event`, and a person reads its words.
"""

import re
from typing import Final

from retention.terms import Counting

EVENT: Final = "event"
"""Code of an event that is in no list; a person records it, reading its words."""

_END: Final = r"(?:истечени|окончани|прекращени|завершени)[яи]"
_VALIDITY: Final = r"(?: срока)?(?: действия)?"
_LEARNER: Final = (
    r"(?:(?: обучающ(?:егося|ейся|ихся)| учащ(?:егося|ейся|ихся)| ученик(?:а|ов)| слушател(?:я|ей)"
    r"| воспитанник(?:а|ов)| студент(?:а|ов)| выпускник(?:а|ов)| ребенка| детей)(?: группы)?)?"
    r"(?: из (?:образовательно(?:й|го) )?(?:организации|учреждения|школы))?"
)
_CONTRACT: Final = (
    r"(?:трудов(?:ого|ых) |гражданско-правов(?:ого|ых) |коллективн(?:ого|ых) |государственн(?:ого|ых) "
    r"|муниципальн(?:ого|ых) |лицензионн(?:ого|ых) )?(?:договор(?:а|ов)|контракт(?:а|ов)|соглашени[яй])"
    r"(?: (?:аренды|найма|поставки|подряда|лизинга|страхования|купли-продажи|оказания услуг|о сотрудничестве"
    r"|об образовании|(?:об )?оказани[яи] (?:платных )?образовательных услуг))?"
    r"(?: (?:не)?движимого имущества| имущества)?"
)
_CONTRACTS: Final = rf"{_CONTRACT}(?:(?:,| или| и) {_CONTRACT}| \({_CONTRACT}\))*"
_CONSENT: Final = (
    r"согласи[яй](?: субъект(?:а|ов) персональных данных)?(?: на обработку(?: его| их)? персональных данных)?"
)
_PASSPORT: Final = r"паспорт(?:а|ов) безопасности(?: объект(?:а|ов))?"
_BOOK: Final = r"(?:журнал(?:а|ов)|книг[иу]?|реестр(?:а|ов)|карточк[иу])"

_EVENTS: Final = {
    "accreditation_ended": rf"{_END}{_VALIDITY}(?: свидетельства о)?(?: государственной)? аккредитации",
    "asset_disposed": (
        r"(?:выбыти|списани|ликвидаци)[яи](?: объект(?:а|ов))? основных средств(?: и нематериальных активов)?"
    ),
    "cases_destroyed": r"уничтожени[яи] (?:дел|документов)",
    "certificate_expired": rf"{_END}{_VALIDITY} сертификат(?:а|ов)(?: соответствия)?",
    "claimed": r"востребовани[яи]",
    "consent_ended": (
        rf"{_END}{_VALIDITY} {_CONSENT}(?: или (?:его|их|ее) отзыва)?|отзыва {_CONSENT}"
    ),
    "contract_ended": rf"(?:{_END}|расторжени[яи]){_VALIDITY} {_CONTRACTS}",
    "employee_left": r"увольнени[яи](?: (?:работник(?:а|ов)|сотрудник(?:а|ов)))?",
    "equipment_retired": (
        r"(?:окончани|прекращени|завершени)[яи] эксплуатации(?: (?:средств связи|оборудования|техники))?"
    ),
    "inventory_approved": (
        r"утверждени[яи] опис(?:и|ей)(?: дел)?(?: постоянного(?: срока)? хранения)?(?: и по личному составу)?"
    ),
    "last_entry": (
        rf"(?:внесения )?последней записи(?: в {_BOOK}е?)?|(?:окончани|завершени|закрыти)[яи](?: ведения)? {_BOOK}"
    ),
    "last_review": r"последнего рассмотрения(?: обращени[яй])?",
    "learner_graduated": (
        r"выпуска (?:обучающихся|учащихся|учеников|слушателей|студентов|воспитанников|группы|класса)|"
        r"окончани[яи] (?:школы|гимназии|лицея|училища|техникума|колледжа|вуза"
        r"|(?:образовательно(?:й|го)|учебного) (?:организации|учреждения|заведения))"
    ),
    "learner_left": (
        rf"отчислени[яи]{_LEARNER}|(?:окончани|завершени)[яи] обучения{_LEARNER}"
        r"|(?:окончани|завершени)[яи] освоения(?: (?:обучающимися|обучающимся|слушател(?:ями|ем)))?"
        r" образовательн(?:ой|ых) программы?"
    ),
    "liable_person_changed": (
        r"(?:увольнени[яи]|смены|увольнени[яи] \(смены\)|увольнени[яи] или смены)"
        r" материально[- ]ответственн(?:ого|ых) лица?"
    ),
    "licence_ended": rf"{_END}{_VALIDITY} лицензи[ий]",
    "obligations_ended": (
        r"(?:прекращени|исполнени|выполнени)[яи] обязательств(?: сторон)?"
        r"(?: по (?:договор(?:у|ам)|контракт(?:у|ам)|соглашени(?:ю|ям)|нему))?"
    ),
    "pd_destroyed": r"уничтожени[яи] персональных данных",
    "power_of_attorney_ended": rf"{_END}{_VALIDITY} доверенност(?:и|ей)(?: или (?:ее|их) отзыва)?|отзыва доверенности",
    "replaced": (
        r"(?:их |его |ее )?замены(?: (?:на )?нов(?:ыми|ым|ой|ые|ый|ую|ое))?"
        r"(?: (?:документ|инструкци|положени|редакци|программ)[а-я]+)?"
    ),
    "revalued": r"переоценки(?: основных (?:средств|фондов))?",
    "safety_passport_updated": rf"актуализации {_PASSPORT}",
    "school_year_end": r"(?:окончани|завершени)[яи] (?:учебного|школьного) года",
    "title_issued": r"выдачи свидетельств(?:а)? о (?:праве|государственной регистрации права) собственности",
}  # fmt: skip

CODES: Final = (*_EVENTS, EVENT)
"""Every code a `Trigger` may have."""

_PATTERNS: Final = tuple((code, re.compile(pattern)) for code, pattern in _EVENTS.items())
# «С момента уничтожения» stands in order № 179, where nothing but personal data is destroyed.
_BARE_DESTRUCTION: Final = re.compile("уничтожени[яи]")


def recognise(event: str, counting: Counting) -> str:
    """Return the code of an event given in plain words, in the genitive: «замены новыми» → `replaced`."""
    for code, pattern in _PATTERNS:
        if pattern.fullmatch(event):
            return code
    if counting is Counting.MOMENT and _BARE_DESTRUCTION.fullmatch(event):
        return "pd_destroyed"
    return EVENT
