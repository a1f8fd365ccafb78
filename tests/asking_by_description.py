"""What Schemathesis has to ask an operation, asked in one test.

Its own parametrisation makes the cases of every operation anew in each process that collects tests, and gives all
operations one name, so that processes which share out files run the first of them only.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.core.result import Err
from schemathesis.generation.hypothesis.builder import HypothesisTestConfig, HypothesisTestMode, create_test
from schemathesis.schemas import APIOperation, BaseSchema

Operation = APIOperation[Any, Any, Any, Any]
Check = Callable[[schemathesis.Case[Any]], None]

_LIMITS: Final = [HypothesisTestMode.EXAMPLES, HypothesisTestMode.COVERAGE]


def operations(schema: BaseSchema) -> Iterator[Operation]:
    """Every operation of a description that can be understood; raise for one that cannot."""
    for each in schema.get_all_operations():
        if isinstance(each, Err):
            raise each.err()
        yield each.ok()


def ask(operation: Operation, check: Check, *, invented: int = 0) -> None:
    """Run `check` with the examples of an operation, with what lies at its limits, and with some `invented` cases."""
    modes = [*_LIMITS, HypothesisTestMode.FUZZING] if invented else _LIMITS
    how = settings(
        max_examples=invented or 1,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        database=None,
    )
    config = HypothesisTestConfig(project=operation.schema.config, modes=modes, settings=how)
    create_test(operation=operation, test_func=check, config=config)()
