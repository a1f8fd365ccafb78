"""What an entry says is hashed the same way again after it has been through PostgreSQL."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.kernel.audit.entries import GENESIS, AuditEntry, canonical, link, new_salt, payload_digest, plain
from tests.kernel_database import KernelDatabase


class Colour(StrEnum):
    RED = "red"


ENTRY = AuditEntry(
    id=UUID(int=1),
    institution_id=UUID(int=2),
    recorded_at=datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
    actor_kind="person",
    actor_id=UUID(int=3),
    action="document.uploaded",
    object_type="document",
    object_id="d-1",
    purpose="",
    source="192.0.2.7",
    request_id="r-1",
    payload_digest=bytes(32),
)
SEALED_AT = datetime(2026, 3, 2, 9, 0, 1, tzinfo=UTC)

PLAIN = [
    (UUID(int=7), "00000000-0000-0000-0000-000000000007"),
    (date(2026, 3, 2), "2026-03-02"),
    (SEALED_AT, "2026-03-02T09:00:01+00:00"),
    (Colour.RED, "red"),
    (True, True),
    (1.0, 1),
    (1e20, 10**20),
    (0.1, 0.1),
    (float("nan"), "nan"),
    ("a\0b", "a\ufffdb"),
    ({3, 1, 2}, [1, 2, 3]),
    ((1, None), [1, None]),
    ({1: {"a": b"x"}}, {"1": {"a": "b'x'"}}),
]

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.uuids() | st.datetimes(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(("value", "expected"), PLAIN, ids=repr)
def test_values_become_json_that_postgresql_gives_back_unchanged(value: object, expected: object) -> None:
    assert plain(value) == expected
    assert type(plain(value)) is type(expected)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(payload=st.dictionaries(st.text(), VALUES, max_size=5))
async def test_any_payload_has_the_same_digest_after_a_journey_through_postgresql(
    kernel_database: KernelDatabase, payload: dict[str, Any]
) -> None:
    salt, sent = new_salt(), plain(payload)
    text = await kernel_database.owner.fetchval("SELECT $1::jsonb::text", json.dumps(sent, ensure_ascii=False))
    assert payload_digest(salt, json.loads(text)) == payload_digest(salt, sent)


@pytest.mark.parametrize(
    "change",
    [
        {"id": UUID(int=9)},
        {"institution_id": UUID(int=9)},
        {"recorded_at": ENTRY.recorded_at + timedelta(microseconds=1)},
        {"actor_kind": "system"},
        {"actor_id": None},
        {"action": "document.viewed"},
        {"object_type": "person"},
        {"object_id": "d-2"},
        {"purpose": "x"},
        {"source": "x"},
        {"request_id": "x"},
        {"payload_digest": bytes(31) + b"\1"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_field_is_bound_by_the_link(change: dict[str, Any]) -> None:
    assert link(GENESIS, 1, SEALED_AT, replace(ENTRY, **change)) != link(GENESIS, 1, SEALED_AT, ENTRY)


def test_predecessor_position_and_moment_are_bound_by_the_link() -> None:
    digests = {
        link(GENESIS, 1, SEALED_AT, ENTRY),
        link(bytes(31) + b"\1", 1, SEALED_AT, ENTRY),
        link(GENESIS, 2, SEALED_AT, ENTRY),
        link(GENESIS, 1, SEALED_AT + timedelta(microseconds=1), ENTRY),
    }
    assert len(digests) == 4


def test_a_link_does_not_depend_on_the_time_zone_a_moment_is_written_in() -> None:
    moscow = timezone(timedelta(hours=3))
    same = replace(ENTRY, recorded_at=ENTRY.recorded_at.astimezone(moscow))
    assert link(GENESIS, 1, SEALED_AT.astimezone(moscow), same) == link(GENESIS, 1, SEALED_AT, ENTRY)


def test_what_is_no_json_is_refused_rather_than_hashed() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical(float("nan"))
