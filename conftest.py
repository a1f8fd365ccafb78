"""How the processes of pytest measure coverage; read before anything that is measured is imported."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.measured_code import Measuring, prepare, write_report

_OUT = os.environ.get("COVERAGE_REPORT", "")
"""Where the report goes; without it nothing is measured."""
_measuring = Measuring()
_others: list[dict[str, Any]] = []

if _OUT:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        prepare()
    sys.meta_path.insert(0, _measuring)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:  # noqa: ANN401 - xdist does not export its class
    """Take what a process tells in the end."""
    if measured := getattr(node, "workeroutput", {}).get("measured"):
        _others.append(json.loads(measured))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell what ran in this process, or write down what ran in all."""
    if not _OUT:
        return
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["measured"] = json.dumps(_measuring.seen())
    else:
        write_report(Path(_OUT), [_measuring.seen(), *_others])
