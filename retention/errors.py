"""The error family of the retention rules: one class a reason, facts as attributes, a stable code."""

from typing import ClassVar


class RetentionError(Exception):
    """Base of everything a retention rule raises on purpose."""

    code: ClassVar[str] = "retention_rule"
    """Stable, lower snake case; callers branch on it."""


class TransitionRefused(RetentionError):
    """A step in the life of a document, case, hold or act is not allowed; every reason is named.

    Attributes:
        transition: Name of the step that was asked for.
        state: State in which the subject is, and stays; `new` if it was to be created.
        reasons: Stable codes of all violated guards, in the order of the table.
        remedies: One sentence a reason, in the same order: what the asker can do.
        subject: What was to take the step: `document`, `case`, `hold`, `act`, `line`.
    """

    code = "transition_refused"

    def __init__(
        self,
        transition: str,
        state: str,
        reasons: tuple[str, ...],
        remedies: tuple[str, ...],
        *,
        subject: str = "document",
    ) -> None:
        super().__init__(
            f"{transition} is refused for a {state} {subject} ({', '.join(reasons)}): {' '.join(remedies)}"
        )
        self.transition = transition
        self.state = state
        self.reasons = reasons
        self.remedies = remedies
        self.subject = subject


class BeyondCalendar(RetentionError):
    """A term ends after the last year a date can have (9999); a person has to decide what was meant.

    Attributes:
        year: The year that was reached.
    """

    code = "beyond_calendar"

    def __init__(self, year: int) -> None:
        super().__init__(f"The term would end in the year {year}, which no date can hold: decide what was meant.")
        self.year = year
