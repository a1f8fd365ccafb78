"""Invented learners, organisations and programmes: plainly made up, the same for the same seed."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

# nominative surname, given name, patronymic; and the same in the dative, as a note (справка) needs it
_PEOPLE = (
    ("Образцова", "Вера", "Примеровна", "Образцовой Вере Примеровне"),
    ("Примеров", "Макет", "Образцович", "Примерову Макету Образцовичу"),
    ("Шаблонова", "Проба", "Макетовна", "Шаблоновой Пробе Макетовне"),
    ("Вымышленная", "Надежда", "Тестовна", "Вымышленной Надежде Тестовне"),
    ("Макетов", "Пётр", "Шаблонович", "Макетову Петру Шаблоновичу"),
    ("Черновикова", "Алёна", "Эскизовна", "Черновиковой Алёне Эскизовне"),
    ("Эскизов", "Семён", "Пробович", "Эскизову Семёну Пробовичу"),
    ("Набросков", "Фёдор", "Вымыслович", "Наброскову Фёдору Вымысловичу"),
    ("Демонстрационная", "Любовь", "Примеровна", "Демонстрационной Любови Примеровне"),
    ("Тестовский", "Илья", "Черновикович", "Тестовскому Илье Черновиковичу"),
)
# short name, full name on paper, two rings and the middle of its seal
_ORGANISATIONS = (
    (
        "АНО ДПО «Институт примеров»",
        "Автономная некоммерческая организация дополнительного профессионального образования «Институт примеров»",
        (
            "АВТОНОМНАЯ НЕКОММЕРЧЕСКАЯ ОРГАНИЗАЦИЯ",
            "дополнительного профессионального образования",
            "«Институт примеров»",
        ),
    ),
    (
        "ЧУ ДПО «Учебный центр „Образец“»",
        "Частное учреждение дополнительного профессионального образования «Учебный центр „Образец“»",
        ("ЧАСТНОЕ УЧРЕЖДЕНИЕ ДОПОЛНИТЕЛЬНОГО ОБРАЗОВАНИЯ", "невыдаваемых настоящих документов", "УЦ «Образец»"),
    ),
)
_CITIES = ("Примерск", "Образцово", "Макетинск")
_PROGRAMMES = (
    "Делопроизводство и архивное хранение документов",
    "Педагогика дополнительного образования детей и взрослых",
    "Охрана труда и пожарная безопасность в образовательной организации",
    "Информационные технологии в работе классного руководителя",
)
_SUBJECTS = (
    "Нормативно-правовое обеспечение деятельности", "Основы документоведения", "Организация работы с документами",
    "Номенклатура дел и её составление", "Экспертиза ценности документов", "Персональные данные и их защита",
    "Архивное хранение на бумажном носителе", "Электронные документы и подписи", "Психология делового общения",
    "Русский язык и культура речи", "Информационные системы в образовании", "Охрана труда",
    "Практикум по составлению описей", "Учёт движения контингента", "Методика проведения занятий",
    "Основы статистики", "Проектная деятельность", "Стажировка на рабочем месте",
)  # fmt: skip
_MARKS = ("отлично", "хорошо", "зачтено", "отлично", "удовлетворительно")
_MONTHS = (
    "января", "февраля", "марта", "апреля", "мая", "июня",
    "июля", "августа", "сентября", "октября", "ноября", "декабря",
)  # fmt: skip
_SIGNATORIES = ("А. Б. Вымыслов", "Г. Д. Примерная", "Е. Ж. Образцов", "И. К. Шаблонов", "Л. М. Пробная")


@dataclass(frozen=True, slots=True, kw_only=True)
class Graduate:
    """An invented learner and everything the paper says about the training."""

    surname: str
    given_name: str
    patronymic: str
    dative: str
    birth_date: date
    organisation: str
    organisation_full: str
    seal: tuple[str, str, str]
    city: str
    programme: str
    started_on: date
    ended_on: date
    issued_on: date
    series: str
    number: str
    registration_number: str
    subjects: tuple[tuple[str, int, str], ...]
    """Name, academic hours, mark."""
    signatories: tuple[str, str, str]
    """Chair, head, secretary."""

    @property
    def hours(self) -> int:
        """Academic hours of the whole programme."""
        return sum(hours for _, hours, _ in self.subjects)


def in_words(day: date) -> str:
    """A date as Russian paper writes it: «05 июня 2024 г.»."""
    return f"{day.day:02} {_MONTHS[day.month - 1]} {day.year} г."


def graduate(seed: int) -> Graduate:
    """An invented learner; the same seed gives the same one."""
    random = Random(f"graduate {seed}")
    surname, given_name, patronymic, dative = _PEOPLE[seed % len(_PEOPLE)]
    organisation, organisation_full, seal = random.choice(_ORGANISATIONS)
    started_on = date(random.randint(2008, 2025), random.randint(1, 12), random.randint(1, 28))
    ended_on = started_on + timedelta(days=random.randint(30, 240))
    subjects = random.sample(_SUBJECTS, random.randint(8, len(_SUBJECTS)))
    chair, head, secretary = random.sample(_SIGNATORIES, 3)
    return Graduate(
        surname=surname,
        given_name=given_name,
        patronymic=patronymic,
        dative=dative,
        birth_date=started_on - timedelta(days=random.randint(19 * 366, 50 * 366)),
        organisation=organisation,
        organisation_full=organisation_full,
        seal=seal,
        city=random.choice(_CITIES),
        programme=random.choice(_PROGRAMMES),
        started_on=started_on,
        ended_on=ended_on,
        issued_on=ended_on + timedelta(days=random.randint(0, 20)),
        series=f"{random.randint(0, 99):02}{random.randint(0, 99):02}",
        number=f"{random.randint(1, 999_999):08}",
        registration_number=f"{random.randint(1, 9999)}-{random.choice('ПКУ')}/{ended_on.year % 100:02}",
        subjects=tuple((name, random.choice((8, 16, 24, 36)), random.choice(_MARKS)) for name in subjects),
        signatories=(chair, head, secretary),
    )
