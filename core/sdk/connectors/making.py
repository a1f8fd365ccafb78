"""A record or the reason why it is none, in one step."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from core.sdk.connectors.messages import Problem, ProblemClass, Record
from core.sdk.connectors.records import Mapped


def make_record(
    external_id: str | None,
    mapped: type[Mapped],
    fields: Mapping[str, Any],
    *,
    raw: Mapping[str, Any],
    source_updated_at: datetime | None = None,
    gone: bool = False,
) -> Record | Problem:
    """Return the record, or the `RECORD` problem that names the fields which do not fit (not their values).

    An object without a key is a problem too.
    """
    if not external_id:
        return Problem(ProblemClass.RECORD, "the object has no identifier", raw=raw)
    try:
        data = mapped(**fields)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc'])}: {fault['type']}" for fault in error.errors()
        )
        return Problem(ProblemClass.RECORD, f"fields that do not fit: {faults}", external_id=external_id, raw=raw)
    return Record(external_id, data, source_updated_at=source_updated_at, raw=raw, gone=gone)
