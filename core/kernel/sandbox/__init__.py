"""Parsers in child processes with limits: a parser that dies is a verdict about the file, never a server error."""

from importlib import import_module
from typing import TYPE_CHECKING

from core.kernel.sandbox.errors import SandboxUnavailable, UnknownProvider
from core.kernel.sandbox.jobs import Death, Job, Outcome, ProviderKind, Rendering, Step, StepResult
from core.kernel.sandbox.limits import Limits
from core.kernel.sandbox.providers import computing

if TYPE_CHECKING:
    from core.kernel.sandbox.client import Sandbox, SandboxSettings

__all__ = [
    "Death",
    "Job",
    "Limits",
    "Outcome",
    "ProviderKind",
    "Rendering",
    "Sandbox",
    "SandboxSettings",
    "SandboxUnavailable",
    "Step",
    "StepResult",
    "UnknownProvider",
    "computing",
]


def __getattr__(name: str) -> object:
    """Import the asking side when it is asked for: what the server has imported, every child pays for."""
    if name in {"Sandbox", "SandboxSettings"}:
        return getattr(import_module("core.kernel.sandbox.client"), name)
    raise AttributeError(name)
