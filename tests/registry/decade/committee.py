"""What an institution of the decade does to inventories, and to acts up to their approval."""

from dataclasses import dataclass
from typing import Final

from tests.registry.decade.casework import Registry
from tests.registry.decade.desk import MEMBERS, V1
from tests.registry.decade.replay import Event
from tests.registry.decade.terms import SUPPLIES_AN_ARCHIVE
from tests.registry_house import Json

BASIS: Final = "Перечень, утв. приказом Росархива от 20.12.2019 № 236"


@dataclass
class Committee(Registry):
    """An institution whose commission and head decide about acts."""

    async def _inventory_approved(self, event: Event) -> None:
        officer, category = self.who("records_officer"), event.told["category"]
        cases, year = [self.cases[name] for name in event.told["cases"]], event.told["of_year"]
        span = {"first_year": year, "last_year": year, "empty": not cases}
        made = await self.ask(event, officer, "/inventories", {"category": category, **span}, 201)
        path = f"/inventories/{made['id']}"
        if cases:
            named = {"case_ids": cases} if category == "personnel" else {}
            await self.ask(event, officer, f"{path}/entry", named)
            entered = {line["case_id"] for line in (await self.read(f"{path}/lines"))["items"]}
            assert entered == set(cases), f"{event}: entered are {self.names(entered)}"
        day = event.day.isoformat()
        minutes = {"minutes_date": day, "minutes_number": "1"}
        await self.ask(event, "head", f"{path}/approval", {"number": f"{event.day.year}-{category}-{year}", **minutes})
        if self.where in SUPPLIES_AN_ARCHIVE and cases:
            await self.ask(event, officer, f"{path}/archive-decision", {"decided_on": day, "number": "ЭПК-1"})

    async def _nothing_due(self, event: Event) -> None:
        officer = self.place.of(self.who("records_officer"))
        answer = await officer.post(f"{V1}/disposal-acts", json={"basis": BASIS})
        assert answer.status_code == 409, f"{event}: {answer.text}"
        assert answer.json()["code"] == "nothing_due", f"{event}: {answer.text}"

    async def _act_made(self, event: Event) -> None:
        act = await self.ask(event, self.who("records_officer"), "/disposal-acts", {"basis": BASIS}, 201)
        self.acts[event.name] = act["id"]
        listed = {line["case_id"] for line in await self.lines(event.name)}
        expected = {self.cases[name] for name in event.told["cases"]}
        assert listed == expected, (
            f"{event}: too many {self.names(listed - expected)}, too few {self.names(expected - listed)}"
        )

    async def lines(self, act: str) -> list[Json]:
        found: list[Json] = (await self.read(f"/disposal-acts/{self.acts[act]}/lines"))["items"]
        return found

    def living(self, act: str) -> bool:
        """Whether what is listed on it stands on it."""
        return act not in self.cancelled

    async def _act_line_excluded(self, event: Event) -> None:
        for line in await self.lines(event.name):
            if line["case_id"] in {self.cases[name] for name in event.told["cases"]}:
                path = f"/disposal-act-lines/{line['id']}/exclusion"
                await self.ask(event, self.who("records_officer"), path, {"reason": "нужно ещё"})

    async def _act_submitted(self, event: Event) -> None:
        answered = {self.cases[name] for name in event.told.get("answered", ())}
        said = [
            {"line_id": line["id"], "said": "проверено, срок истёк"}
            for line in (await self.lines(event.name) if answered else ())
            if line["case_id"] in answered
        ]
        await self._step(event, "submission", "records_officer", {"answers": said})

    async def _act_returned(self, event: Event) -> None:
        rejected = {self.cases[name] for name in event.told["rejected"]}
        said = [
            {"line_id": line["id"], "said": "нет уверенности"}
            for line in await self.lines(event.name)
            if line["case_id"] in rejected
        ]
        await self._step(event, "return", "commission", {"comment": "см. строки", "rejected": said})

    async def _act_approved(self, event: Event) -> None:
        """The commission agrees, the archive where there is one, then the head."""
        day = event.day.isoformat()
        minutes = {"decided_on": day, "number": str(event.day), "members": MEMBERS}
        await self._step(event, "agreement", "commission", minutes)
        if self.where in SUPPLIES_AN_ARCHIVE:
            await self._step(event, "archive-agreement", "records_officer", {"decided_on": day, "number": "ЭПК-2"})
        await self._step(event, "approval", "head", {"number": f"{event.day:%Y-%m-%d}"})

    async def _act_aborted(self, event: Event) -> None:
        await self._step(event, "abort", "commission", {"reason": "нашлись сомнения"})

    async def _act_cancelled(self, event: Event) -> None:
        await self._step(event, "cancellation", "head", {"reason": "составим новый"})
        self.cancelled.add(event.name)

    async def _step(self, event: Event, name: str, role: str, body: Json) -> None:
        path = f"/disposal-acts/{self.acts[event.name]}/{name}"
        await self.ask(event, self.who(role), path, body)
