"""A school as a clerk makes it through the API: classes, learners, a teacher with an account."""

from dataclasses import dataclass
from typing import Any

import httpx

from tests.registry_house import House

Json = dict[str, Any]
V1 = "/api/v1"
ANY = {"If-Match": "*"}


@dataclass
class School:
    """The first institution of a house, at the clerk's desk."""

    house: House

    async def post(self, address: str, **sent: object) -> Json:
        answer = await self.house.clerk.post(f"{V1}/{address}", json=sent)
        assert answer.status_code == 201, answer.text
        made: Json = answer.json()
        return made

    async def patch(self, address: str, **sent: object) -> Json:
        answer = await self.house.clerk.patch(f"{V1}/{address}", json=sent, headers=ANY)
        assert answer.status_code == 200, answer.text
        changed: Json = answer.json()
        return changed

    async def group(self, name: str, **further: object) -> str:
        return str((await self.post("groups", name=name, study_year="2025/2026", **further))["id"])

    async def learner(self, family_name: str, **further: object) -> str:
        return str((await self.post("people", family_name=family_name, given_name="Вера", **further))["id"])

    async def enrol(self, group: str, *, role: str = "learner", **further: object) -> str:
        return str((await self.post("enrolments", group_id=group, role=role, **further))["id"])

    async def teacher(self, *groups: str) -> str:
        """A member of the staff whose account is the house's teacher, teaching in `groups`; returns the member's id."""
        member = str((await self.post("staff", family_name="Учителева", given_name="Ольга"))["id"])
        await self.patch(f"staff/{member}", login=self.house.a.logins["teacher"])
        for group in groups:
            await self.enrol(group, role="teacher", staff_id=member)
        return member


def ids(answer: httpx.Response) -> set[str]:
    """What a list shows."""
    assert answer.status_code == 200, answer.text
    return {str(item["id"]) for item in answer.json()["items"]}
