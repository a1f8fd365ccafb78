"""Parsers in child processes with limits: a parser that dies is a verdict about the file, never a server error."""

from core.kernel.sandbox.client import Sandbox, SandboxSettings
from core.kernel.sandbox.errors import SandboxUnavailable, UnknownProvider
from core.kernel.sandbox.jobs import Death, Job, Outcome, ProviderKind, Rendering, Step, StepResult
from core.kernel.sandbox.limits import Limits
from core.kernel.sandbox.providers import computing

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
