"""The log says what happened and never who it happened to."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any, Literal

import asyncpg
import pytest
import structlog

from core.kernel.errors import NotFound
from core.kernel.logs import QUIET, configure_logs, exception_text
from core.kernel.settings import LogSettings


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """What the log wrote; levels and handlers are put back afterwards."""
    names = ["", *QUIET]
    before = {name: (logging.getLogger(name).level, list(logging.getLogger(name).handlers)) for name in names}
    yield io.StringIO()
    for name, (level, handlers) in before.items():
        logging.getLogger(name).setLevel(level)
        logging.getLogger(name).handlers[:] = handlers
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def configured(
    stream: io.StringIO, form: Literal["text", "json"] = "json", level: Literal["debug", "info"] = "info"
) -> None:
    configure_logs(LogSettings(form=form, level=level), stream)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_both_kinds_of_loggers_write_one_form(stream: io.StringIO) -> None:
    configured(stream)
    structlog.contextvars.bind_contextvars(request_id="r-1")
    structlog.get_logger("core.a").info("kept %s", "whole", count=3)
    logging.getLogger("core.b").warning("slow %s", "disk")
    first, second = lines(stream)
    assert (first["event"], first["count"], first["request_id"]) == ("kept whole", 3, "r-1")
    assert (second["event"], second["logger"], second["level"]) == ("slow disk", "core.b", "warning")
    assert second["request_id"] == "r-1"
    assert second["timestamp"].endswith("Z")


def test_text_for_people(stream: io.StringIO) -> None:
    configured(stream, "text")
    logging.getLogger("core.b").warning("slow")
    assert "[warning] slow" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


def test_the_last_configuration_holds(stream: io.StringIO) -> None:
    configured(io.StringIO())
    configured(stream)
    logging.getLogger("core").info("once")
    logging.getLogger("core").debug("never")
    assert len(lines(stream)) == 1


@pytest.mark.parametrize(
    "name", ["tortoise.db_client", "asyncpg", "procrastinate.worker", "minio", "urllib3.connectionpool"]
)
def test_loggers_that_print_values_stay_quiet_even_when_debugging(stream: io.StringIO, name: str) -> None:
    configured(stream, level="debug")
    logging.getLogger(name).debug("SELECT 'Иванов'")
    logging.getLogger(name).info("SELECT 'Иванов'")
    assert stream.getvalue() == ""
    logging.getLogger(name).warning("connection lost")
    assert len(lines(stream)) == 1


@pytest.mark.parametrize(
    "fact",
    [
        {"password": "hush"},
        {"Authorization": "hush"},
        {"set_cookie": "hush"},
        {"api_token": ["hush"]},
        {"secret_key": "hush"},
        {"headers": {"Cookie": "hush", "accept": "*/*"}},
        {"steps": [{"new_password": "hush"}]},
        {"body": "hush"},
        {"query": "hush"},
        {"url": "postgresql://app:hush@db/x"},
        {"url": "https://s3.example.org/o?X-Amz-Signature=hush"},
        {"event": "Authorization: Bearer hushhush1234"},
        {"event": "GET /search?q=hush HTTP/1.1"},
    ],
)
def test_secrets_and_contents_are_masked(stream: io.StringIO, fact: dict[str, Any]) -> None:
    configured(stream)
    structlog.get_logger("core").info(fact.pop("event", "seen"), **fact)
    assert len(lines(stream)) == 1
    assert "hush" not in stream.getvalue()
    assert "***" in stream.getvalue()


def raised(error: Exception) -> Exception:
    try:
        raise error
    except type(error) as caught:
        return caught


@pytest.mark.parametrize(
    "error",
    [
        ValueError("invalid literal 'Иванов'"),
        KeyError("Иванов"),
        asyncpg.UniqueViolationError("Key (name)=(Иванов) already exists"),
        UnicodeEncodeError("ascii", "Иванов", 0, 1, "no"),
    ],
)
def test_messages_that_may_quote_a_person_are_withheld(stream: io.StringIO, error: Exception) -> None:
    configured(stream)
    try:
        try:
            raise error
        except type(error) as cause:
            raise NotFound("gone") from cause
    except NotFound:
        logging.getLogger("core").exception("failed")
    (line,) = lines(stream)
    assert "Иванов" not in stream.getvalue()
    assert type(error).__name__ in line["exception"]
    assert "core.kernel.errors.NotFound: gone" in line["exception"]
    assert "test_logs.py" in line["exception"]


def test_messages_about_machines_are_told() -> None:
    assert "FileNotFoundError: [Errno 2] No such file" in exception_text(
        raised(FileNotFoundError(2, "No such file", "x"))
    )
    assert exception_text(raised(RuntimeError())).endswith("RuntimeError")


def test_causes_that_go_in_circles_end() -> None:
    first, second = raised(RuntimeError("one")), raised(RuntimeError("two"))
    first.__cause__, second.__cause__ = second, first
    assert exception_text(first).count("RuntimeError") == 2


def test_a_suppressed_context_stays_out() -> None:
    def fail() -> None:
        try:
            raise RuntimeError("inner")  # noqa: TRY301
        except RuntimeError:
            raise RuntimeError("outer") from None

    with pytest.raises(RuntimeError) as caught:
        fail()
    assert "RuntimeError: inner" not in exception_text(caught.value)
