"""Whatever is sent, no answer lies outside the schema and none is a failure of ours."""

import asyncio
from typing import Any

import schemathesis
from schemathesis.checks import positive_data_acceptance

from core.web.health import HealthState
from tests.asking_by_description import ask_invented, cases, operations
from tests.web.shelves import build_app


async def well() -> None:
    """The parts of this application are always well."""
    await asyncio.sleep(0)


APP = build_app()
APP.state.health = HealthState(probes={"database": well, "storage": well})
SCHEMA = schemathesis.openapi.from_asgi("/openapi.json", APP)


def test_no_answer_lies_outside_the_schema() -> None:
    for operation in operations(SCHEMA.exclude(path=["/errors/{name}", "/broken"])):
        for case in cases(operation):
            _require_described(case)
        ask_invented(operation, _require_described, times=25)


def _require_described(case: schemathesis.Case[Any]) -> None:
    # Not asked: whether all that the schema allows is taken. To JSON Schema 56.0 is a whole number, to us it is
    # none, and generated entity tags lose their quotes on the way.
    case.call_and_validate(excluded_checks=[positive_data_acceptance])
