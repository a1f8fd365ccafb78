"""The error family of the retention rules: one class a reason, facts as attributes, a stable code."""

from typing import ClassVar


class RetentionError(Exception):
    """Base of everything a retention rule raises on purpose."""

    code: ClassVar[str] = "retention_rule"
    """Stable, lower snake case; callers branch on it."""


class TransitionRefused(RetentionError):
    """A step in the life of a document is not allowed; every reason is named.

    Attributes:
        transition: Name of the step that was asked for.
        state: State in which the document is, and stays.
        reasons: Stable codes of all violated guards, in the order of the table.
        remedies: One sentence a reason, in the same order: what the asker can do.
    """

    code = "transition_refused"

    def __init__(self, transition: str, state: str, reasons: tuple[str, ...], remedies: tuple[str, ...]) -> None:
        super().__init__(f"{transition} is refused for a {state} document ({', '.join(reasons)}): {' '.join(remedies)}")
        self.transition = transition
        self.state = state
        self.reasons = reasons
        self.remedies = remedies
