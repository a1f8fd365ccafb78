"""Moodle: courses, people, grades, submissions and awards of a site, through its web services."""

from collections.abc import Sequence

from core.sdk import Connector, hookimpl
from plugins.moodle.connector import Moodle


@hookimpl
def register_connectors() -> Sequence[type[Connector]]:
    """The connector."""
    return [Moodle]
