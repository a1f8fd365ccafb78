"""More invented papers: one of each kind besides the disposal act."""

from datetime import date

from core.papers.commission_minutes import AgendaItem, CommissionMinutes, Votes
from core.papers.destruction_certificate import DestroyedRecord, DestructionCertificate, KeptRecord
from core.papers.event_log_export import EventLogEntry, EventLogExport
from core.papers.inventory import Inventory, InventoryLine, InventorySection, Listed
from core.papers.nomenclature_form import (
    FinalCount,
    FormFootnote,
    NomenclatureForm,
    NomenclatureRow,
    NomenclatureSection,
    YearEndRecord,
)
from core.papers.paper import Minutes, Organisation, Paper, Signature, SinglePersonMode
from core.papers.period_results import GroupResults, PeriodResults
from core.papers.personal_data_act import PaperCarrier, PersonalDataAct, Subject
from core.papers.transfer_act import Receipt, ReturnedDocument, TransferAct, TransferredCase
from tests.papers.invented import ARCHIVIST, BOARD, CLERK, COMMISSION, HEAD, MADE, SCHOOL, YEARS, disposal_act

DESTROYED = date(2026, 3, 14)


def personal_data_act() -> PersonalDataAct:
    return PersonalDataAct(
        number="3-ПД",
        dated=DESTROYED,
        issuer=SCHOOL,
        place="г. Нигдеевск",
        created_at=MADE,
        processor=Organisation(name="ООО «Выдуманный дата-центр»", address="000001, г. Нигдеевск, ул. Мнимая, д. 2"),
        subjects=(
            Subject(name="Вымышленный Иван Небывалович", identified_by="личное дело № 99-15"),
            Subject(name="Придумова-Сочинская Анна Небываловна", identified_by="личное дело № 99-16"),
        ),
        destroyers=(CLERK, ARCHIVIST),
        categories=("фамилия, имя, отчество", "адрес", "сведения об успеваемости"),
        paper_carriers=(PaperCarrier(name="личное дело № 99-15", sheets=21),),
        systems=("Deloteka", "электронный журнал учреждения"),
        method="удаление всех версий файлов средствами Deloteka 0.1.0; измельчение бумаги",
        reason="истечение срока хранения, акт от 20.02.2026 № 3",
        destroyed_on=DESTROYED,
        event_log="выгрузка из журнала регистрации событий от 14.03.2026 № 3-Ж",
        single_person=SinglePersonMode(ground="приказ от 12.01.2026 № 3", declared_on=date(2026, 1, 12)),
    )


def event_log_entry(name: str = "Вымышленный Иван Небывалович") -> EventLogEntry:
    return EventLogEntry(
        subjects=name,
        categories="фамилия, имя, отчество; сведения об успеваемости",
        system="Deloteka",
        reason="истечение срока хранения, акт от 20.02.2026 № 3",
        destroyed_on=DESTROYED,
    )


def event_log_export(*entries: EventLogEntry) -> EventLogExport:
    return EventLogExport(
        number="3-Ж",
        dated=DESTROYED,
        issuer=SCHOOL,
        created_at=MADE,
        entries=entries or (event_log_entry(), event_log_entry("Придумова-Сочинская Анна Небываловна")),
        made_by=CLERK,
    )


def commission_minutes() -> CommissionMinutes:
    return CommissionMinutes(
        number="2",
        dated=date(2026, 2, 27),
        issuer=SCHOOL,
        place="г. Нигдеевск",
        created_at=MADE,
        chair=Signature(post="заместитель директора", name="П. П. Придумкина"),
        secretary=Signature(post="делопроизводитель", name="В. В. Вымыслов"),
        members=(
            Signature(post="учитель", name="С. С. Сочинская"),
            Signature(post="главный бухгалтер", name="Ф. Ф. Фантазёрова"),
        ),
        absent=(Signature(post="библиотекарь", name="М. М. Мнимая"),),
        agenda=(
            AgendaItem(
                question="О согласовании акта о выделении к уничтожению документов от 20.02.2026 № 3.",
                heard="В. В. Вымыслова о результатах экспертизы ценности документов за 2015–2018 годы.",
                spoke=("С. С. Сочинская: дело № 7 понадобится для проверки.",),
                decided=("Согласовать акт от 20.02.2026 № 3.", "Исключить из акта дело № 7."),
                votes=Votes(in_favour=4),
            ),
            AgendaItem(
                question="О рассмотрении описей дел постоянного хранения за 2018 год.",
                heard="П. П. Придумкину.",
                decided=("Представить описи на утверждение ЭПК.",),
                votes=Votes(in_favour=3, abstained=1),
            ),
        ),
        approval=HEAD,
    )


def destruction_certificate() -> DestructionCertificate:
    return DestructionCertificate(
        number="12-С",
        dated=date(2026, 3, 16),
        issuer=SCHOOL,
        place="г. Нигдеевск",
        created_at=MADE,
        subject="Вымышленный Иван Небывалович",
        addressee="Вымышленному Ивану Небываловичу",
        request="обращение от 15.03.2026 № 12",
        destroyed=(
            DestroyedRecord(
                title="Заявления обучающихся и документы к ним",
                years="2015–2018",
                act="от 20.02.2026 № 3",
                destroyed_on=DESTROYED,
                method="удаление всех версий файлов с проверкой",
                reason="истечение срока хранения",
            ),
        ),
        kept=(
            KeptRecord(title="Книга регистрации выданных документов", ground="50 лет ЭПК, ст. 502", until="31.12.2068"),
        ),
        signed_by=HEAD,
    )


def nomenclature_form() -> NomenclatureForm:
    return NomenclatureForm(
        number="1",
        dated=date(2025, 12, 10),
        issuer=SCHOOL,
        place="г. Нигдеевск",
        created_at=MADE,
        year=2026,
        approval=HEAD,
        sections=(
            NomenclatureSection(
                code="01",
                title="Руководство",
                rows=(
                    NomenclatureRow(
                        index="01-01",
                        title="Устав учреждения и изменения к нему",
                        quantity="1",
                        term="Постоянно (1), ст. 28",
                        note="переходящее с 2019 г.",
                    ),
                    NomenclatureRow(
                        index="01-02",
                        title="Переписка с родителями (законными представителями) обучающихся",
                        term="5 лет ЭПК, ст. 70",
                    ),
                    NomenclatureRow(index="01-03", title="Резерв"),
                ),
            ),
            NomenclatureSection(
                code="02",
                title="Годовые отчёты и учебная работа",
                rows=(
                    NomenclatureRow(
                        index="02-01",
                        title="Заявления обучающихся и документы к ним",
                        term="3 года (2), ст. 19 а",
                        note="электронное дело",
                    ),
                ),
            ),
        ),
        footnotes=(
            FormFootnote(mark="1", text="В других организациях – до ликвидации организации"),
            FormFootnote(mark="2", text="После замены новыми"),
        ),
        signed_by=CLERK,
        agreements=(COMMISSION, BOARD),
        archive_visa=ARCHIVIST,
        year_end=YearEndRecord(
            permanent=FinalCount(cases=1, carried_over=1, appraised=0),
            over_ten_years=FinalCount(cases=0, carried_over=0, appraised=0),
            up_to_ten_years=FinalCount(cases=12, carried_over=0, appraised=4),
            made_by=CLERK,
            handed_to_archive="15.01.2027",
        ),
    )


def inventory(listed: Listed = Listed.LONG_TERM) -> Inventory:
    return Inventory(
        number="3",
        dated=date(2026, 2, 1),
        issuer=SCHOOL,
        place="г. Нигдеевск",
        created_at=MADE,
        listed=listed,
        years=YEARS,
        fonds_number="17",
        fonds_name="Вымышленная средняя школа № 99",
        first_number=41,
        sections=(
            InventorySection(
                title="01. Руководство",
                lines=(
                    InventoryLine(
                        index="01-04",
                        title="Приказы директора по основной деятельности, т. 1",
                        dates="09.01.2018–29.06.2018",
                        sheets=243,
                        term="50 лет ЭПК, ст. 434",
                    ),
                    InventoryLine(
                        index="01-04",
                        title="Приказы директора по основной деятельности, т. 2",
                        dates="02.07.2018–28.12.2018",
                        sheets=198,
                        term="50 лет ЭПК, ст. 434",
                        note="электронное дело",
                    ),
                ),
            ),
        ),
        approval=HEAD,
        compiled_by=CLERK,
        agreements=(Minutes(body="ЭК", number="1", dated=date(2026, 1, 30)), BOARD),
    )


def transfer_act() -> TransferAct:
    return TransferAct(
        number="1",
        dated=date(2026, 3, 2),
        issuer=SCHOOL,
        place="г. Нигдеевск",
        created_at=MADE,
        receiver=Organisation(name="Вымышленный муниципальный архив г. Нигдеевска", address="ул. Мнимая, д. 5"),
        ground="истечение срока временного хранения, решение ЭПК от 10.02.2026 № 14",
        cases=(
            TransferredCase(
                title="Протоколы педагогического совета", index="01-03", dates="2010–2012", quantity=3, sheets=420
            ),
            TransferredCase(title="Годовые отчёты", index="01-05", dates="2010–2012", note="электронные дела"),
        ),
        package_digest="0123456789abcdef" * 4,
        handed_over_by=CLERK,
        received_by=Signature(post="Хранитель фондов", name="А. А. Архивариусова"),
        approvals=(HEAD, Signature(post="Директор архива", name="Х. Х. Хранилин")),
    )


def receipt() -> Receipt:
    return Receipt(
        number="4",
        dated=date(2026, 3, 3),
        issuer=SCHOOL,
        place="г. Нигдеевск",
        created_at=MADE,
        receiver="Вымышленная Ольга Небываловна",
        acts_for="законный представитель: Вымышленный Иван Небывалович",
        ground="перевод в другую образовательную организацию",
        documents=(
            ReturnedDocument(title="Личное дело обучающегося", number="99-15", sheets=21),
            ReturnedDocument(title="Медицинская карта", sheets=14, note="подлинник"),
        ),
        handed_over_by=CLERK,
    )


def period_results() -> PeriodResults:
    subjects = ("Алгебра", "Литература")
    return PeriodResults(
        number="1",
        dated=MADE.date(),
        issuer=SCHOOL,
        place="г. Нигдеевск",
        created_at=MADE,
        period="3 четверть 2025/2026",
        first_day=date(2026, 1, 12),
        last_day=date(2026, 2, 20),
        platform="Пример, Школа № 1",
        snapshot="0123456789abcdef" * 4,
        read="01.03.2026 в 04:12",
        shortcomings=("Поток «marks»: не принято записей: 3.",),
        insisted="приказ № 7",
        results=3,
        groups=(
            GroupResults(
                group="5А",
                subjects=subjects,
                learners=(("Мнимая Мария Небываловна", ("5", "зачёт")), ("Вымышленный Иван", ("н/а", ""))),
            ),
        ),
        head=CLERK,
    )


def one_of_each() -> list[Paper]:
    return [
        disposal_act(),
        personal_data_act(),
        event_log_export(),
        commission_minutes(),
        destruction_certificate(),
        nomenclature_form(),
        inventory(),
        inventory(Listed.PERMANENT),
        transfer_act(),
        receipt(),
        period_results(),
    ]
