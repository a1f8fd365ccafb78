"""Valid requests to the addresses of re-dating."""

from typing import Any, Final

from tests.registry.api.world import V1, Ask, Sample, World, made
from tests.registry.disposal.bureau import classes, closed_case
from tests.registry.redating import desk
from tests.registry_house import Json

_REDATING: Final = f"{V1}/redatings/{{redating_id}}"
_YEAR: Final = 1990
_TERMS: Final = {"Дела 0": "10 лет", "Дела 1": "3 года"}


async def version(world: World) -> Json:
    """A nomenclature that keeps one case longer than before and frees another one earlier."""
    if "redating" not in world.rows:
        rows = await classes(world.house, "5 лет", "5 лет", year=_YEAR)
        for row in rows:
            await closed_case(world.house.a, row, _YEAR)
        world.rows["redating"] = await desk.next_nomenclature(world.house, rows[0], _TERMS, year=_YEAR + 1)
    return world.rows["redating"]


async def stop(world: World) -> None:
    """End what is being computed, which nobody does here."""
    await world.house.owner.execute(
        "UPDATE redating_previews SET state = 'cancelled', ended_at = now() WHERE state = 'computing'"
    )


async def redating(world: World) -> Json:
    """A complete preview of which nothing is accepted."""
    body = {"version_id": (await version(world))["id"], "first_year": _YEAR, "last_year": _YEAR}
    await stop(world)
    return await desk.preview(world.house, applying=False, **body)


def of_redating(*, accepting: bool = False) -> Sample:
    """A request to an address of a preview."""

    async def make(world: World) -> Ask:
        found = await redating(world)
        body: dict[str, Any] = {"digest": found["digest"], "reason": "новый перечень"}
        return Ask(ids={"redating_id": found["id"]}, json=body if accepting else None)

    return made(make)


async def asked(world: World) -> Ask:
    await stop(world)
    return Ask(json={"version_id": (await version(world))["id"]})


async def known(world: World) -> dict[str, str]:
    """One preview, by the name of the parameter that names it."""
    return {"redating_id": (await redating(world))["id"]}


SAMPLES: Final[dict[str, Sample]] = {
    f"POST {V1}/redatings": made(asked),
    f"GET {_REDATING}": of_redating(),
    f"GET {_REDATING}/lines": of_redating(),
    f"POST {_REDATING}/acceptance": of_redating(accepting=True),
    f"POST {_REDATING}/earlier-acceptance": of_redating(accepting=True),
}
"""Requests by method and address; the others need nothing."""
