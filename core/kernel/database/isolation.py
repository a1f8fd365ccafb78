"""Which tables belong to no institution, and why; every other one carries `institution_id` and row-level security.

A test walks the catalogue of PostgreSQL and compares.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_QUEUE: Final = (
    "The job queue is Procrastinate's: its rows carry ids only, workers serve all institutions, and what people see"
    " of a job lies in `jobs`, which is bound."
)

EXCEPTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "accounts": "A person may serve several institutions. Policies of its own show a transaction the own account"
        " and the members of its institution; the installation as a whole sees all, for sign-in.",
        "institutions": "What the others point to. Policies of its own show a transaction its institution; the"
        " installation as a whole sees all names and changes none.",
        "sign_in_attempts": "Counted before anybody is known; keys are digests, so nothing can be read from it.",
        "procrastinate_jobs": _QUEUE,
        "procrastinate_events": _QUEUE,
        "procrastinate_periodic_defers": _QUEUE,
        "procrastinate_workers": _QUEUE,
        "tortoise_migrations": "Which migrations were applied; the service cannot even read it.",
    }
)
"""Name of each table that is excepted, and the reason."""
