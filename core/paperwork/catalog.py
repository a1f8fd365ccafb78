"""Which papers there are, what each is about, who makes it, and which of them name people."""

from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from uuid import UUID

from core.paperwork.letterhead import Making
from core.paperwork.makers.archival_act import make_archival_act
from core.paperwork.makers.copies import make_copies_act, make_copies_export, make_copies_table
from core.paperwork.makers.inventory import make_inventory
from core.paperwork.makers.made import TABLE, Made
from core.paperwork.makers.minutes import make_act_minutes, make_nomenclature_minutes
from core.paperwork.makers.nomenclature import make_nomenclature
from core.paperwork.makers.personal_data import make_event_log_export, make_event_log_table, make_personal_data_act

Maker = Callable[[Making, UUID], Awaitable[Made]]


class PaperKind(StrEnum):
    """A paper that the service issues; the value is the kind of its form."""

    NOMENCLATURE = "nomenclature_form"
    INVENTORY = "inventory"
    DISPOSAL_ACT = "disposal_act"
    PERSONAL_DATA_ACT = "personal_data_act"
    EVENT_LOG_EXPORT = "event_log_export"
    EVENT_LOG_TABLE = TABLE
    """The same export as CSV."""
    MINUTES = "commission_minutes"
    CERTIFICATE = "destruction_certificate"
    PERIOD_RESULTS = "period_results"
    """A print-out of a snapshot of a study period; issued with the snapshot only."""


class Subject(StrEnum):
    """What a paper is about."""

    NOMENCLATURE_VERSION = "nomenclature_version"
    INVENTORY = "inventory"
    DISPOSAL_ACT = "disposal_act"
    COPY_DECISION = "copy_decision"
    """Copies that were destroyed after an archive had accepted their originals."""


PERSONAL: Final = frozenset(
    {PaperKind.PERSONAL_DATA_ACT, PaperKind.EVENT_LOG_EXPORT, PaperKind.EVENT_LOG_TABLE, PaperKind.CERTIFICATE}
)
"""Papers that name whose data were destroyed: not everybody who reads lists may read these."""

MAKERS: Final[Mapping[tuple[PaperKind, Subject], Maker]] = MappingProxyType(
    {
        (PaperKind.NOMENCLATURE, Subject.NOMENCLATURE_VERSION): make_nomenclature,
        (PaperKind.INVENTORY, Subject.INVENTORY): make_inventory,
        (PaperKind.DISPOSAL_ACT, Subject.DISPOSAL_ACT): make_archival_act,
        (PaperKind.PERSONAL_DATA_ACT, Subject.DISPOSAL_ACT): make_personal_data_act,
        (PaperKind.EVENT_LOG_EXPORT, Subject.DISPOSAL_ACT): make_event_log_export,
        (PaperKind.EVENT_LOG_TABLE, Subject.DISPOSAL_ACT): make_event_log_table,
        (PaperKind.PERSONAL_DATA_ACT, Subject.COPY_DECISION): make_copies_act,
        (PaperKind.EVENT_LOG_EXPORT, Subject.COPY_DECISION): make_copies_export,
        (PaperKind.EVENT_LOG_TABLE, Subject.COPY_DECISION): make_copies_table,
        (PaperKind.MINUTES, Subject.DISPOSAL_ACT): make_act_minutes,
        (PaperKind.MINUTES, Subject.NOMENCLATURE_VERSION): make_nomenclature_minutes,
    }
)
"""Papers that are made of what the registry says alone; the certificate is made of a request as well."""
