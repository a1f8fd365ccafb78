"""One house with three institutions: a school, a training centre, and a sole trader whom the operator takes in."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from core.access.permissions import Role
from tests.connectors.three_institutions.desk import V1, Desk
from tests.registry.conftest import BuildHouse
from tests.registry_house import OPERATOR, PASSWORD, House, Place, appoint

HERE = "https://deloteka.test"


@dataclass
class Three:
    """The desks of the three clerks."""

    house: House
    school: Desk
    centre: Desk
    trader: Desk

    @property
    def desks(self) -> tuple[Desk, Desk, Desk]:
        return self.school, self.centre, self.trader


@pytest.fixture
async def three(build_house: BuildHouse) -> Three:
    settings = {"DELOTEKA_SERVICE__PUBLIC_URL": HERE, "DELOTEKA_SERVICE__SECURE_COOKIES": "true"}
    house = await build_house(settings=settings)
    school, centre, trader = house.a, house.other, await founded(house)
    return Three(house, Desk(house, school), Desk(house, centre), Desk(house, trader))


async def founded(house: House) -> Place:
    """The operator founds an institution; its people are appointed as those of the others are."""
    wanted: dict[str, Any] = {
        "name": "Индивидуальный предприниматель Образцов А. П.",
        "short_name": "ИП Образцов",
        "time_zone": "Asia/Yekaterinburg",
        "administrator": {"login": "obraztsov", "display_name": "Образцов А. П."},
    }
    answer = await house.browser(OPERATOR).post(f"{V1}/institutions", json=wanted)
    assert answer.status_code == 201, answer.text
    place = Place(UUID(answer.json()["institution"]["id"]), wanted["short_name"], client=house.a.client)
    hashed = await house.services.access.passwords.hash(PASSWORD)
    await appoint(house.owner, house.clock, place, [role.value for role in Role], hashed)
    return place
