"""Simulated platforms and benches for the tests of the connector."""

from datetime import UTC, datetime, timedelta
from typing import Any

from core.devkit.bench import Bench
from plugins.dnevnik.connector import DnevnikConnector
from plugins.dnevnik.simulator import Platform, Size, simulate

HOST = "api.dnevnik.example"
MARCH = datetime(2026, 3, 2, 9)  # noqa: DTZ001 - the platform's times are local wall time
SUMMER = datetime(2026, 6, 15, 9)  # noqa: DTZ001 - as above
SMALL = Size(classes=1, learners=4, subjects=2, lessons=2, subgroups=False)
EVERYTHING = {"guardians": True, "attendance": True, "homework_files": True, "contacts": True}


def platform_of(size: Size = SMALL, now: datetime = MARCH, **forms: object) -> Platform:
    platform = Platform(size=size, now=now)
    platform.address = f"https://{HOST}"
    platform.sign_in.lifetime = timedelta(days=365)
    for name, value in forms.items():
        setattr(platform.forms, name, value)
    return platform


def configured(platform: Platform, **settings: object) -> dict[str, Any]:
    sign_in = {"way": "token", "token": platform.sign_in.token()}
    return {"base_url": f"https://{HOST}", "sign_in": sign_in, **settings}


def bench_of(platform: Platform, **settings: object) -> Bench:
    bench = Bench(DnevnikConnector, configured(platform, **settings), hosts={HOST: simulate(platform)})
    bench.now = platform.now.replace(hour=platform.now.hour - 3, tzinfo=UTC)
    return bench


async def ran(platform: Platform, **settings: object) -> Bench:
    bench = bench_of(platform, **settings)
    await bench.run()
    return bench


def data(bench: Bench, stream: str) -> dict[str, Any]:
    """What was kept of a stream."""
    return {key: record.data for (of, key), record in bench.kept.records.items() if of == stream}
