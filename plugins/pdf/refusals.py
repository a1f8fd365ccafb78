"""What ends the inspection of a PDF."""

from core.sdk import Fact, Finding, Severity


class Refused(Exception):
    """The file is refused for the reason in `finding`; the inspection need not go on."""

    def __init__(self, *, code: str, message: str, **facts: Fact) -> None:
        super().__init__(message)
        self.finding = Finding(code=code, severity=Severity.REFUSAL, message=message, facts=facts)
