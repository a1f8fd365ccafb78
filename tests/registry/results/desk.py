"""How tests keep results: a school with a taxonomy, a subject, a period, and people who enter and confirm."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx

from core.kernel.ids import new_id
from tests.registry_house import House, Json, Place

V1 = "/api/v1"
ANY = {"If-Match": "*"}


@dataclass
class School:
    """The first institution with what results need; ids of the taxonomy by their names."""

    house: House
    subject: UUID = field(default_factory=new_id)
    period: UUID = field(default_factory=new_id)
    staff: UUID = field(default_factory=new_id)
    kinds: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    scales: dict[str, str] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        return self.house.a

    def of(self, role: str) -> httpx.AsyncClient:
        return self.house.of(role)

    def mark(self, **members: Any) -> Json:  # noqa: ANN401 - members of a body
        """A valid mark of the learner."""
        return {
            "person_id": str(self.place.learner),
            "kind_id": self.kinds["Учебные (предметные)"],
            "scale_id": self.scales["Пятибалльная"],
            "value": "4",
            "group_id": str(self.place.group),
            "subject_id": str(self.subject),
            "period_id": str(self.period),
            "title": "Контрольная работа",
            "held_on": "2026-02-10",
            **members,
        }

    async def enter(self, role: str = "clerk", **members: Any) -> httpx.Response:  # noqa: ANN401 - members of a body
        return await self.of(role).post(f"{V1}/results", json=self.mark(**members))

    async def entered(self, role: str = "clerk", **members: Any) -> Json:  # noqa: ANN401 - members of a body
        return created(await self.enter(role, **members))

    async def correct(self, result: Json, role: str = "clerk", **members: Any) -> httpx.Response:  # noqa: ANN401 - members of a body
        return await self.of(role).patch(f"{V1}/results/{result['id']}", json=members, headers=ANY)

    async def confirm(self, result: Json, role: str = "head") -> httpx.Response:
        return await self.of(role).post(f"{V1}/results/{result['id']}/confirmation")

    async def strike(self, result: Json, role: str = "clerk") -> httpx.Response:
        body = {"reason": "внесено по ошибке"}
        return await self.of(role).post(f"{V1}/results/{result['id']}/striking-out", json=body)

    async def decide(self, **members: Any) -> httpx.Response:  # noqa: ANN401 - members of a body
        """Change the policy."""
        return await self.of("head").patch(f"{V1}/result-policy", json=members, headers=ANY)

    async def listed(self, role: str = "clerk", **filters: str) -> list[Json]:
        answer = await self.of(role).get(f"{V1}/people/{self.place.learner}/results", params=filters)
        assert answer.status_code == 200, answer.text
        items: list[Json] = answer.json()["items"]
        return items

    async def state_will(self, covers: str = "all") -> Json:
        body = {"covers": covers, "given_by": "learner", "given_on": "2025-09-01", "evidence": "заявление № 1"}
        return created(await self.of("clerk").post(f"{V1}/people/{self.place.learner}/will-statements", json=body))


async def school_of(house: House, preset: str = "general_school") -> School:
    """A school that has adopted a proposal, with one subject, one quarter and one member of the staff."""
    school = School(house)
    adopted = await house.clerk.post(f"{V1}/result-presets/{preset}/adoption")
    assert adopted.status_code == 200, adopted.text
    for name, path in (("kinds", "result-kinds"), ("sources", "result-sources"), ("scales", "mark-scales")):
        rows = (await house.clerk.get(f"{V1}/{path}", params={"limit": "200"})).json()["items"]
        getattr(school, name).update({row["name"]: row["id"] for row in rows if not row.get("alias_of_id")})
    institution = house.a.id
    await house.owner.execute(
        "INSERT INTO subjects (id, institution_id, name, sort_key, created_at)"
        " VALUES ($1, $2, 'Алгебра', 'алгебра', now())",
        school.subject,
        institution,
    )
    await house.owner.execute(
        "INSERT INTO study_periods (id, institution_id, kind, name, starts_on, ends_on, created_at)"
        " VALUES ($1, $2, 'quarter', '3 четверть', '2026-01-12', '2026-03-27', now())",
        school.period,
        institution,
    )
    await house.owner.execute(
        "INSERT INTO staff (id, institution_id, family_name, sort_key, account_id, created_at)"
        " VALUES ($1, $2, 'Учителева', 'учителева', $3, now())",
        school.staff,
        institution,
        house.a.accounts["teacher"],
    )
    return school


async def put_into_group(school: School, person: UUID, group: UUID, *, staff: bool = False) -> None:
    """Let a learner, or with `staff` the teacher, be in a group."""
    await school.house.owner.execute(
        "INSERT INTO enrolments (id, institution_id, group_id, person_id, staff_id, role, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, now())",
        new_id(),
        school.place.id,
        group,
        None if staff else person,
        person if staff else None,
        "teacher" if staff else "learner",
    )


def created(answer: httpx.Response) -> Json:
    """What was made by a request that must succeed."""
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made
