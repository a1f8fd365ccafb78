"""The composition root: settings in, running parts out. The only place that wires, and that knows the clock."""

from core.bootstrap.background import run_worker
from core.bootstrap.parts import (
    APPS,
    Services,
    compose,
    connection_services,
    exit_services,
    open_database,
    open_services,
    sandbox_of,
    spool_folder,
    storage_address,
    system_clock,
)
from core.bootstrap.web import application, attach, host_names

__all__ = [
    "APPS",
    "Services",
    "application",
    "attach",
    "compose",
    "connection_services",
    "exit_services",
    "host_names",
    "open_database",
    "open_services",
    "run_worker",
    "sandbox_of",
    "spool_folder",
    "storage_address",
    "system_clock",
]
