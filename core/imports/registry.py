"""Every feature's writers: what the registry takes from sources."""

from collections.abc import Mapping
from types import MappingProxyType

from core.imports.file_writer import FileWriter
from core.origins.writing import Writer
from core.people.importing import GroupWriter, LearnerWriter
from core.representatives.importing import RepresentativeWriter
from core.results.writers import result_writers
from core.rewards.writer import RewardWriter
from core.sdk.connectors import EntityKind
from core.staff.importing import StaffWriter
from core.studies.importing import EnrolmentWriter, StudyPeriodWriter, SubjectWriter


def every_writer() -> Mapping[EntityKind, Writer]:
    """Return the writers by kind."""
    writers: tuple[Writer, ...] = (
        StudyPeriodWriter(),
        SubjectWriter(),
        GroupWriter(),
        LearnerWriter(),
        StaffWriter(),
        RepresentativeWriter(),
        EnrolmentWriter(),
        *result_writers().values(),
        RewardWriter(),
        FileWriter(),
    )
    return MappingProxyType({writer.kind: writer for writer in writers})
