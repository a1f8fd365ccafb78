"""A simulated school information system: OneRoster REST 1.1 and 1.2, and bundles of CSV files, right and wrong.

    school = School.small()
    system = SimulatedSystem(school)
    system.application  # for a transport of core.devkit, or any ASGI server
    system.faults.on(NoPagingHeaders())
    write_bundle(path, school, BundleForm(version="1.2"))

Nothing here is used by a running service.
"""

from plugins.oneroster.simulator.application import SimulatedSystem
from plugins.oneroster.simulator.bundles import BundleForm, write_bundle
from plugins.oneroster.simulator.school import School
from plugins.oneroster.simulator.switches import (
    DeletedHidden,
    ExtraKeys,
    ForeignReferences,
    NoPagingHeaders,
    NoScopeInAnswer,
    OldRoles,
    WrappedErrors,
)

__all__ = [
    "BundleForm",
    "DeletedHidden",
    "ExtraKeys",
    "ForeignReferences",
    "NoPagingHeaders",
    "NoScopeInAnswer",
    "OldRoles",
    "School",
    "SimulatedSystem",
    "WrappedErrors",
    "write_bundle",
]
