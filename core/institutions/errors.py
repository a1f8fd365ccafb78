"""Why an institution cannot be as it was described."""

from core.kernel.errors import Invalid
from core.kernel.texts import mark


class UnknownTimeZone(Invalid):
    """There is no such place in the IANA database; fact: time_zone."""

    code = "unknown_time_zone"
    title = mark("There is no such time zone")
    remedy = mark("Use an IANA name, such as Europe/Moscow or Asia/Yekaterinburg.")
