"""How a URL of PostgreSQL is read."""

import pytest

from core.kernel.database.connection import address


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "postgresql://anna:p%40ss%2Fw%3Ard@db.example.org:5433/school",
            {"host": "db.example.org", "port": 5433, "user": "anna", "password": "p@ss/w:rd", "database": "school"},
        ),
        (
            "postgresql://deloteka@/",
            {"host": "127.0.0.1", "port": 5432, "user": "deloteka", "password": None, "database": "deloteka"},
        ),
        (
            "postgres://a:b@[::1]/x?sslmode=verify-full",
            {"host": "::1", "port": 5432, "user": "a", "password": "b", "database": "x", "ssl": "verify-full"},
        ),
    ],
)
def test_every_part_of_an_address_is_heard(url: str, expected: dict[str, object]) -> None:
    assert address(url) == expected
