"""Tables that people really have: lists of learners, marks, sheets of ФИС ФРДО, reports of diaries; with scans too."""

from collections.abc import Sequence

from pydantic import BaseModel

from core.sdk import Connector, hookimpl
from plugins.tabular.connector import TabularConnector


@hookimpl
def register_connectors(settings: BaseModel | None) -> Sequence[type[Connector]]:
    """The importer of tables."""
    del settings
    return [TabularConnector]
