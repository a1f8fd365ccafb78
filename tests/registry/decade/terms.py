"""What the three sample nomenclatures say of every class, read by eye and written down by hand.

Nothing here comes from `retention` or from the reader of files: these tables are what the product is compared with.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True)
class Happening:
    """An event that a term waits for."""

    code: str
    words: str
    """As the nomenclature has them."""


@dataclass(frozen=True)
class Term:
    """How long the cases of a class are kept.

    Either `years` from 1 January after the closing and everything in `after`, or `open_end`: for ever, until the
    institution ends, until the need ends, or until something in `until` has happened.
    """

    years: int = 0
    open_end: str = ""
    after: tuple[Happening, ...] = ()
    until: Happening | None = None
    to_the_day: bool = False
    """«С момента»: counts from the day of the event, not from 1 January after it."""
    appraised: bool = False
    """«ЭПК»: when the term is over the commission decides."""
    unless: str = ""
    """As long as nobody has said "no" to these words, `otherwise` holds as well."""
    otherwise: "Term | None" = None
    never: str = ""
    """When a person has said "yes" to these words, the event will not come and `instead` holds."""
    instead: "Term | None" = None
    gates: tuple[str, ...] = ()
    """No act takes a case before each of these is recorded as settled."""
    exits: tuple[str, ...] = ()
    """No act takes a case before a person has said that this does not apply."""

    def __str__(self) -> str:
        """Enough to recognise it in a story."""
        return (self.open_end or f"{self.years} years") + (", appraised" if self.appraised else "")

    def but(self, words: str, otherwise: "Term") -> "Term":
        return replace(self, unless=words, otherwise=otherwise)


FOR_EVER, LIQUIDATION, NEED, EVENT, UNCLEAR = "for ever", "until liquidation", "while needed", "until", "unclear"

forever: Final = Term(open_end=FOR_EVER)
"""«Постоянно»; the footnote about institutions that supply no archive does not concern this school, which does."""
while_it_exists: Final = Term(open_end=LIQUIDATION)
while_needed: Final = Term(open_end=NEED)
unclear: Final = Term(open_end=UNCLEAR)
staff: Final = Term(years=50)
"""«50/75 лет»: 75 only for what was closed before 2003."""
staff_appraised: Final = Term(years=50, appraised=True)


def years(length: int, *after: Happening, epk: bool = False) -> Term:
    return Term(years=length, after=after, appraised=epk)


def until(happening: Happening) -> Term:
    return Term(open_end=EVENT, until=happening)


def until_claimed(fallback: str, instead: Term) -> Term:
    """Until somebody comes for it («До востребования»); what nobody wants has a term of its own."""
    return replace(until(claimed), never=fallback, instead=instead)


licence: Final = Happening("licence_ended", "прекращения действия лицензии")
accreditation: Final = Happening("accreditation_ended", "прекращения действия аккредитации")
contract: Final = Happening("contract_ended", "истечения срока действия договора")
obligations: Final = Happening("obligations_ended", "прекращения обязательств по договору")
replaced: Final = Happening("replaced", "замены новыми")
pupil_left: Final = Happening("learner_left", "отчисления обучающегося")
pupil_went: Final = Happening("event", "выбытия")
trainee_left: Final = Happening("learner_left", "отчисления слушателя")
group_left: Final = Happening("learner_left", "отчисления обучающихся группы")
studies_over: Final = Happening("learner_left", "окончания освоения обучающимися образовательной программы")
last_entry: Final = Happening("last_entry", "последней записи")
journal_over: Final = Happening("last_entry", "окончания журнала")
claimed: Final = Happening("claimed", "востребования")
liable_changed: Final = Happening("liable_person_changed", "увольнения (смены) материально ответственного лица")
passport: Final = Happening("safety_passport_updated", "актуализации паспорта безопасности")
consent_over: Final = Happening("consent_ended", "истечения срока действия согласия или его отзыва")
data_destroyed: Final = Happening("pd_destroyed", "уничтожения персональных данных")
cases_destroyed: Final = Happening("cases_destroyed", "уничтожения дел")
attorney_over: Final = Happening("power_of_attorney_ended", "истечения срока действия доверенности или ее отзыва")
last_review: Final = Happening("last_review", "последнего рассмотрения")

_another_law: Final = ("если иное не предусмотрено федеральным законом, договором",)
_consents: Final = replace(years(3, consent_over), gates=_another_law)
_ledgers: Final = replace(
    years(5),
    gates=(
        "При условии проведения проверки",
        "при возникновении споров, разногласий сохраняются до принятия решения по делу",
    ),
)
_destruction_papers: Final = replace(years(3, data_destroyed), to_the_day=True)
_repeated: Final = "В случае неоднократного обращения"


def _table(*rows: tuple[Term, str]) -> Mapping[str, Term]:
    found: dict[str, Term] = {}
    for term, indexes in rows:
        for index in indexes.split():
            assert index not in found, index
            found[index] = term
    return found


SCHOOL: Final = _table(
    (forever, "01-02 01-05 01-08 01-09 01-10 01-12 01-13 01-14 01-15 01-19 05-01 07-01 08-01 08-02"),
    # Of 08-04, what is not approved may go sooner; the longer counts as long as nobody has asked.
    (while_it_exists, "08-03 08-04"),
    (while_needed.but("Относящиеся к деятельности организации", forever), "01-01"),
    (replace(while_needed, exits=("выдается обучающемуся при отчислении",)), "02-17"),
    (years(1), "02-03 02-16 03-05"),
    (years(3), "04-08 07-04"),
    (years(5), "01-06 01-11 01-20 01-21 02-01 02-07 02-09 02-13 02-19 02-20 02-22 03-01 03-02 04-02 06-02"),
    (years(10), "01-17"),
    (years(25), "02-08"),
    (years(45), "06-01"),
    (years(5, epk=True), "02-15 03-03"),
    (years(5, epk=True).but(_repeated, years(5, last_review)), "01-18"),
    (years(50, epk=True), "01-07 02-10 02-11 03-04"),
    (years(50, last_entry, epk=True), "02-06"),
    (staff_appraised, "04-01 04-04 04-05 05-04"),
    (staff_appraised.but("Руководителя", forever), "04-03"),
    (staff, "04-07"),
    (years(5, licence), "01-03"),
    (years(5, accreditation), "01-04"),
    (years(5, contract, obligations), "01-22"),
    (years(5, contract, obligations, epk=True), "05-06"),
    (years(5, last_entry), "02-12"),
    (years(5, liable_changed), "05-07"),
    (years(5, passport), "06-05"),
    (years(3, pupil_left), "02-04 02-18 02-21"),
    (replace(years(3, pupil_went), exits=("подлинник выдан родителям (законным представителям)",)), "02-05"),
    (_consents, "07-02"),
    (_destruction_papers, "07-03"),
    (years(3, cases_destroyed), "08-05"),
    (years(3, journal_over), "08-06"),
    (until(replaced), "02-02"),
    (until_claimed("Невостребованные", years(50)), "02-14"),
    (until_claimed("Невостребованные работниками", staff), "04-06"),
    (years(5).but("При отсутствии годовых", forever), "01-16"),
    (years(5).but("При отсутствии годовой", forever), "05-02"),
    (years(5).but("При вредных и опасных условиях труда", staff), "04-09"),
    (years(6).but("При отсутствии лицевых счетов", staff), "05-05"),
    (years(45).but("При вредных и опасных условиях труда", staff), "06-03"),
    (years(45).but("Связанные с человеческими жертвами", forever), "06-04"),
    (_ledgers, "05-03"),
)

DPO: Final = _table(
    (while_needed, "01-01"),
    (while_it_exists, "01-02 01-04 01-06 02-24 02-25 04-01 06-01 06-02 06-03"),
    (years(1), "02-13"),
    (years(3), "02-23 03-05"),
    (years(5), "01-05 01-07 02-09 02-11 02-12 02-19 02-22"),
    (years(5).but(_repeated, years(5, last_review)), "01-08"),
    (years(50, epk=True), "02-04 02-05 02-10 02-14 02-15 02-16 02-17 02-21"),
    (staff_appraised, "03-01 03-02 03-04"),
    (staff, "04-03"),
    # Five years where there are personal accounts; the longer counts as long as nobody has asked.
    (staff, "03-03"),
    (years(5, licence), "01-03"),
    (years(5, attorney_over), "01-09"),
    (years(5, replaced), "02-01 02-02 02-03"),
    (years(5, trainee_left), "02-06"),
    (years(5, contract, obligations), "02-07"),
    (years(5, contract, obligations, epk=True), "02-08"),
    (years(5, last_entry), "02-18"),
    (until_claimed("Невостребованные", years(50)), "02-20"),
    (_ledgers, "04-02"),
    (years(3, replaced), "05-01"),
    (_consents, "05-02"),
    (_destruction_papers, "05-03"),
    # «50/75 лет» and «До ликвидации организации» at once: nobody can tell which.
    (unclear, "06-04"),
)

SOLE_TRADER: Final = _table(
    (while_needed, "01 16"),
    (Term(open_end=NEED, until=studies_over), "11"),
    (years(5, licence), "02"),
    (while_it_exists, "03 04 05 25"),
    (until(replaced), "06 18"),
    (years(1), "07"),
    (years(3, group_left), "08"),
    (years(3, pupil_left), "09 15 17"),
    (years(5, contract, obligations), "10"),
    (years(5), "12 13 21 23"),
    (years(50), "14"),
    (_consents, "19"),
    (_destruction_papers, "20"),
    (_ledgers, "22"),
    # «До замены новыми» and «До прекращения деятельности ИП» at once.
    (unclear, "24"),
)

NOMENCLATURES: Final[Mapping[str, Mapping[str, Term]]] = {"school": SCHOOL, "dpo": DPO, "ip": SOLE_TRADER}
SUPPLIES_AN_ARCHIVE: Final = frozenset({"school"})

STAYS_OPEN: Final = {
    "school": {"01-18", "01-22", "02-04", "02-06", "02-10", "02-11", "04-03", "04-05"},
    "dpo": {"02-06", "02-14", "02-15", "02-16"},
    "ip": {"09", "14"},
}
"""Classes whose cases go on over the years («переходящие»)."""
PERSONNEL: Final = {
    "school": {"04-01", "04-03", "04-04", "04-05", "04-07", "05-04"},
    "dpo": {"03-01", "03-02", "03-03", "03-04"},
    "ip": set[str](),
}
"""Documents of labour relations kept over ten years, which have an inventory of their own."""
PERSONAL_FILE: Final = {"school": "02-04", "dpo": "02-06", "ip": "09"}
"""The class whose cases are the learners' personal files."""
FONDS: Final = {"school": "08-03", "dpo": "06-03", "ip": "25"}
"""The class of the «дело фонда», where disposal acts go."""
PROOFS: Final = {"school": "07-03", "dpo": "05-03", "ip": "20"}
"""The class where acts on personal data and exports from the event log go."""
