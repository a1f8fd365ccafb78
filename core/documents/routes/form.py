"""Reads an HTML form with one file as a stream: the fields first, then the file, never held in memory."""

from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from fastapi.exceptions import RequestValidationError
from pydantic import Field, ValidationError
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from core.documents.errors import MalformedForm, UploadCut
from core.documents.requests import Description
from core.documents.schemas import DescriptionIn

_FIELDS: Final = 40
_FIELD_BYTES: Final = 16 * 1024
_HEADER_BYTES: Final = 16 * 1024
_LONGEST_BOUNDARY: Final = 70
"""Characters (RFC 2046, 5.1.1)."""
_FILE: Final = "file"


class FormFields(DescriptionIn):
    """The fields of the form beside the file."""

    kind: str = Field(max_length=100, description="Kind of document.", examples=["diploma"])
    personal_file_id: UUID | None = Field(default=None, description="Personal file it belongs to.")
    group_id: UUID | None = Field(default=None, description="Group it belongs to, instead of a personal file.")
    insist: bool = Field(default=False, description="Keep the file although the same bytes are kept here already.")

    def to_description(self) -> Description:
        """Return the metadata as the intake takes it."""
        return Description(**self.model_dump(exclude={"kind", "personal_file_id", "group_id", "insist"}))


def form_schema() -> dict[str, Any]:
    """Return the JSON Schema of the form, for the description of the interface."""
    schema = FormFields.model_json_schema()
    file = {"type": "string", "format": "binary", "description": "The file; the last part of the form."}
    schema["properties"] |= {_FILE: file}
    schema["required"] = [*schema["required"], _FILE]
    return schema


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadForm:
    """A form whose file is yet to be read."""

    fields: FormFields
    file_name: str
    declared_type: str | None
    file: AsyncIterator[bytes]


@dataclass(slots=True)
class _Part:
    name: str
    file_name: str | None
    media_type: str | None


class _Events:
    """Turns the parser's callbacks into a queue: a `_Part` begins, bytes of it follow, None ends it."""

    def __init__(self, boundary: bytes) -> None:
        self.queue: deque[_Part | bytes | None] = deque()
        self.ended = False
        self._headers: dict[str, bytes] = {}
        self._name = bytearray()
        self._value = bytearray()
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": lambda data, start, end: self._collect(self._name, data[start:end]),
                "on_header_value": lambda data, start, end: self._collect(self._value, data[start:end]),
                "on_header_end": self._header,
                "on_headers_finished": self._part,
                "on_part_data": lambda data, start, end: self.queue.append(bytes(data[start:end])),
                "on_part_end": lambda: self.queue.append(None),
                "on_end": self._end,
            },
        )

    def feed(self, chunk: bytes) -> None:
        try:
            self._parser.write(chunk)
        except MultipartParseError as error:
            raise MalformedForm from error

    def _begin(self) -> None:
        self._headers = {}

    def _collect(self, target: bytearray, data: bytes) -> None:
        target += data
        if len(target) > _HEADER_BYTES:
            raise MalformedForm

    def _header(self) -> None:
        self._headers[self._name.decode("latin-1").lower()] = bytes(self._value)
        self._name.clear()
        self._value.clear()

    def _part(self) -> None:
        disposition, options = parse_options_header(self._headers.get("content-disposition", b""))
        if disposition != b"form-data" or b"name" not in options:
            raise MalformedForm
        file_name = options.get(b"filename")
        media_type = self._headers.get("content-type")
        self.queue.append(
            _Part(
                options[b"name"].decode(errors="replace"),
                None if file_name is None else file_name.decode(errors="replace"),
                None if media_type is None else media_type.decode("latin-1"),
            )
        )

    def _end(self) -> None:
        self.ended = True


async def read_form(content_type: str, chunks: AsyncIterator[bytes]) -> UploadForm:
    """Read the fields up to the file; its bytes are read through `file` of the result.

    Raises `MalformedForm`, and `RequestValidationError` for values that do not fit.
    """
    media_type, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if media_type != b"multipart/form-data" or not 1 <= len(boundary) <= _LONGEST_BOUNDARY:
        raise MalformedForm
    events = _Events(boundary)
    values: dict[str, str] = {}
    while True:
        part = await _next(events, chunks)
        if not isinstance(part, _Part):
            raise MalformedForm
        if part.name == _FILE:
            break
        values[part.name] = await _field(events, chunks)
        if len(values) > _FIELDS:
            raise MalformedForm
    if not part.file_name:
        raise MalformedForm
    return UploadForm(
        fields=_validated(values),
        file_name=part.file_name,
        declared_type=part.media_type,
        file=_file(events, chunks),
    )


async def _next(events: _Events, chunks: AsyncIterator[bytes]) -> _Part | bytes | None:
    while not events.queue:
        if events.ended:
            raise MalformedForm
        try:
            events.feed(await anext(chunks))
        except StopAsyncIteration:
            raise UploadCut from None
    return events.queue.popleft()


async def _field(events: _Events, chunks: AsyncIterator[bytes]) -> str:
    value = bytearray()
    while True:
        event = await _next(events, chunks)
        if event is None:
            break
        if isinstance(event, _Part) or len(value) + len(event) > _FIELD_BYTES:
            raise MalformedForm
        value += event
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise MalformedForm from None


async def _file(events: _Events, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Give the bytes of the file; a form that goes on after it is refused, one that stops before its end too."""
    while True:
        event = await _next(events, chunks)
        if event is None:
            break
        if isinstance(event, bytes):
            yield event
    async for chunk in chunks:
        events.feed(chunk)
    if events.queue:
        raise MalformedForm
    if not events.ended:
        raise UploadCut


def _validated(values: dict[str, str]) -> FormFields:
    given: dict[str, Any] = {name: value for name, value in values.items() if value.strip()}
    try:
        return FormFields.model_validate(given, strict=False)
    except ValidationError as error:
        located = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors(include_context=False)]
        raise RequestValidationError(located) from error
