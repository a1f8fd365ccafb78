"""What Schemathesis has to ask an operation, asked in one test.

Its own parametrisation makes the cases of every operation anew in each process that collects tests, and gives all
operations one name, so that processes which share out files run the first of them only.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.core.result import Err
from schemathesis.generation.drivers import CoverageGenerator, ExamplesGenerator
from schemathesis.generation.feedback import NO_FEEDBACK
from schemathesis.generation.overrides import Override
from schemathesis.schemas import APIOperation, BaseSchema

Operation = APIOperation[Any, Any, Any, Any]
Case = schemathesis.Case[Any]
Check = Callable[[Case], None]

_AS_DESCRIBED: Final = Override(query={}, headers={}, cookies={}, path_parameters={})


def operations(schema: BaseSchema) -> Iterator[Operation]:
    """Every operation of a description that can be understood; raise for one that cannot."""
    for each in schema.get_all_operations():
        if isinstance(each, Err):
            raise each.err()
        yield each.ok()


def cases(operation: Operation) -> Iterator[Case]:
    """The examples of an operation and what lies at the limits of its description, on both sides of them."""
    how = operation.schema.config.generation_for(operation=operation, phase="coverage")
    examples = ExamplesGenerator(operation=operation, override=_AS_DESCRIBED, feedback=NO_FEEDBACK, fill_missing=False)
    limits = CoverageGenerator(
        operation=operation,
        generation_modes=how.modes,
        generation_config=how,
        auth_storage=None,
        override=_AS_DESCRIBED,
        feedback=NO_FEEDBACK,
    )
    for generator in (examples, limits):
        yield from generator
        for error in generator.controller.deferred_errors:
            raise error


def ask_invented(operation: Operation, check: Check, *, times: int) -> None:
    """Run `check` with cases that are drawn from the description, valid and invalid."""
    how = settings(
        max_examples=times,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        database=None,
    )
    how(given(case=operation.as_strategy())(check))()
