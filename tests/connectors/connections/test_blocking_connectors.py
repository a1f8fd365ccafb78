"""A connector that blocks, as those meet it who manage connections."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

import pytest
from pydantic import BaseModel

from core.connections.services import ConnectionServices
from core.kernel.health import PartDegraded
from core.sdk.connectors import CheckResult, Connection, ConnectorSpec, Hosts
from tests.connectors.connections.rooms import QUICK, until
from tests.connectors.connections.scripted import CONSENT, PASTED, Platform, Scripted, stand
from tests.registry_house import House, code

V1 = "/api/v1"


class Stuck(Scripted):
    """Blocks where it is told to."""

    at: ClassVar[str] = ""
    gate: ClassVar[threading.Event] = threading.Event()

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.hold("start")

    @classmethod
    def hold(cls, place: str) -> None:
        if cls.at == place:
            assert cls.gate.wait(30), "the test did not open the gate"

    @classmethod
    async def spec(cls) -> ConnectorSpec:
        cls.hold("spec")
        return await super().spec()

    @classmethod
    def hosts(cls, configuration: BaseModel) -> Hosts:
        cls.hold("hosts")
        return super().hosts(configuration)

    async def check(self) -> CheckResult:
        self.hold("check")
        return await super().check()


@pytest.fixture(autouse=True)
def gate() -> Iterator[threading.Event]:
    Stuck.at, Stuck.gate = "", threading.Event()
    yield Stuck.gate
    Stuck.gate.set()


def quick(house: House) -> ConnectionServices:
    services = replace(stand(house, Platform(), Stuck), rooms=QUICK, fence=house.app.state.plugins.fence)
    house.app.state.connections = services
    return services


async def test_a_connector_that_blocks_is_a_mistake_of_its_own_and_of_nobody_else(
    house_in_memory: House, gate: threading.Event
) -> None:
    house = house_in_memory
    services = quick(house)
    admin = house.of("administrator")
    at = (await admin.post(f"{V1}/connections", json=PASTED)).headers["location"]
    other = (await admin.post(f"{V1}/connections", json=PASTED | {"title": "Вторая"})).headers["location"]

    Stuck.at = "check"
    found = (await admin.post(f"{at}/check")).json()
    assert (found["outcome"], found["state"]) == ("bug", "draft")
    assert found["message"].startswith("the connector scripted blocks its event loop: that has had no turn for 1.5 s")
    with pytest.raises(PartDegraded, match="not_come_back"):
        await house.app.state.health.probes["plugin_calls"]()

    Stuck.at = ""
    again = (await admin.post(f"{at}/check")).json()
    assert again["message"] == "the connector scripted has not come back from an earlier call; restart the service"
    assert (await admin.post(f"{other}/check")).json()["outcome"] == "ok"

    gate.set()
    await until(lambda: not services.fence.left())
    await house.app.state.health.probes["plugin_calls"]()
    # It is the account of the other connection, by now.
    assert code(await admin.post(f"{at}/check")) == (409, "already_configured")


async def test_a_class_that_blocks_is_given_up_and_not_asked_again(house_in_memory: House) -> None:
    house = house_in_memory
    services = quick(house)
    admin = house.of("administrator")
    consent = (await admin.post(f"{V1}/connections", json=CONSENT)).headers["location"]
    at = (await admin.post(f"{V1}/connections", json=PASTED)).headers["location"]

    Stuck.at = "start"
    found = (await admin.post(f"{at}/check")).json()
    assert (found["outcome"], found["state"]) == ("bug", "draft")

    Stuck.at = "hosts"
    answer = await admin.post(f"{V1}/connections", json=PASTED)
    assert code(answer) == (409, "connector_silent")
    assert answer.json()["error"] == "its hosts did not answer within 1.5 s"
    found = (await admin.post(f"{consent}/check")).json()
    assert found["outcome"] == "bug"
    assert found["message"].endswith("has not come back from an earlier call; restart the service")

    Stuck.at = "spec"
    (shown,) = (await admin.get(f"{V1}/connectors")).json()["items"]
    assert shown["problem"] == "its manifest did not answer within 1.5 s"
    assert set(services.fence.left("invented")) == {
        f"connection {at.rpartition('/')[2]}",
        "scripted: its hosts",
        "scripted: its manifest",
    }
