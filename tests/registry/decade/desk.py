"""An institution of the decade: what its people remember, and how they make its nomenclatures."""

import csv
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import httpx

from tests.nomenclature_files.office import Sheet, Tbl, docx, xlsx
from tests.registry.decade.jobs import run_jobs
from tests.registry.decade.replay import Event
from tests.registry.decade.terms import SUPPLIES_AN_ARCHIVE, Term
from tests.registry_house import House, Json, Place

V1: Final = "/api/v1"
ANY: Final = {"If-Match": "*"}
LARGE: Final = {"limit": "200"}
SAMPLES: Final = Path(__file__).parents[2] / "nomenclature_files" / "samples"
HEADINGS: Final = ("Индекс дела", "Заголовок дела", "Срок хранения", "№ статей по перечню", "Примечание")
MEMBERS: Final = ["Проверкина А. А.", "Образцов Б. Б.", "Примерова В. В."]
ONE_PERSON: Final = "ip"
"""Where one person is author, commission and head («режим одного лица»)."""


def sample(where: str) -> tuple[str, bytes]:
    """The nomenclature of an institution as the file it sends: a workbook, a Word document, a CSV."""
    content = (SAMPLES / f"nomenclature_{where}.csv").read_bytes()
    if where == "ip":
        return "номенклатура.csv", content
    rows = [list(row.values()) for row in csv.DictReader(io.StringIO(content.decode()))]
    grid = [list(HEADINGS), *rows]
    return ("номенклатура.xlsx", xlsx(Sheet(grid))) if where == "school" else ("номенклатура.docx", docx(Tbl(grid)))


def cell(term: Term) -> str:
    """How a nomenclature would write a term that the script changes or decides."""
    if term.open_end:
        return "До ликвидации организации"
    if term.years == 50:
        return "50/75 лет"
    unit = "год" if term.years == 1 else "года" if term.years < 5 else "лет"
    return f"{term.years} {unit}" + (" ЭПК" if term.appraised else "")


def told(event: Event, answer: httpx.Response, status: int) -> Json:
    """The answer to a step of the script, which has to succeed."""
    assert answer.status_code == status, f"{event}\n{answer.request.url.path}: {answer.status_code} {answer.text}"
    found: Json = answer.json()
    return found


@dataclass
class Desk:
    """One institution with what its people remember: ids by the names of the script."""

    where: str
    house: House
    place: Place
    versions: list[Json] = field(default_factory=list)
    classes: dict[str, Json] = field(default_factory=dict)
    """Rows of the version in force, by index."""
    cases: dict[str, str] = field(default_factory=dict)
    holds: dict[str, str] = field(default_factory=dict)
    acts: dict[str, str] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)
    """Names of acts."""
    people: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Person and personal file of each learner."""
    recorded: dict[tuple[str, str], str] = field(default_factory=dict)
    """What was recorded last of an event, by case and words."""
    documents: dict[str, str] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    files: dict[str, list[str]] = field(default_factory=dict)
    """Keys of the originals of each document, as they were when it was kept."""

    async def perform(self, event: Event) -> None:
        await getattr(self, "_" + event.what.replace(" ", "_"))(event)

    async def ask(
        self, event: Event, role: str, path: str, body: Mapping[str, Any] | None = None, status: int = 200
    ) -> Json:
        answer = await self.place.of(role).post(V1 + path, json=body or {}, headers=ANY)
        return told(event, answer, status)

    async def read(self, path: str, role: str = "auditor") -> Json:
        answer = await self.place.of(role).get(V1 + path, params=LARGE)
        assert answer.status_code == 200, f"{path}: {answer.text}"
        found: Json = answer.json()
        assert found.get("next") is None, path
        return found

    async def whole_list(self, name: str, role: str = "auditor") -> list[Json]:
        """Every entry of a list, page after page."""
        rows: list[Json] = []
        params = dict(LARGE)
        while True:
            answer = await self.place.of(role).get(f"{V1}/{name}", params=params)
            assert answer.status_code == 200, f"{name}: {answer.text}"
            page = answer.json()
            rows += page["items"]
            if not page["next"]:
                return rows
            params["cursor"] = page["next"]

    def who(self, role: str) -> str:
        """In the declared mode of one person the head does everything that an act needs."""
        return "head" if self.where == ONE_PERSON else role

    def names(self, ids: set[str]) -> list[str]:
        return sorted(name for name, known in self.cases.items() if known in ids)

    # --- nomenclatures -------------------------------------------------------------------------------------------

    async def settle_down(self) -> None:
        """What an institution decides once, before anything else."""
        start = Event(date(2026, 1, 9), self.where, "settle down")
        policy = {"source_of_acquisition": self.where in SUPPLIES_AN_ARCHIVE, "basis": "приказ № 1"}
        await self.ask(start, "head", "/retention-policies", policy, 201)
        if self.where == ONE_PERSON:
            every = ["head", "records_officer", "commission"]
            await self.house.owner.execute(
                "UPDATE memberships SET roles = $2 WHERE account_id = $1", self.place.accounts["head"], every
            )
            declared = {"single_person": True, "ground": "приказ № 2"}
            await self.ask(start, "head", "/disposal-policies", declared, 201)

    async def _nomenclature(self, event: Event) -> None:
        year, effective = event.told["year"], event.told["effective"]
        if not self.versions:
            version = await self._import(event)
        elif self.versions[-1]["year"] == year:
            path = f"/nomenclatures/{self.versions[-1]['nomenclature_id']}/amendments"
            body = {"effective_on": effective.isoformat(), "note": "новый перечень"}
            version = await self.ask(event, "records_officer", path, body, 201)
        else:
            body = {"year": year, "copy_from_id": self.versions[-1]["id"]}
            version = await self.ask(event, "records_officer", "/nomenclatures", body, 201)
        await self._write_terms(event, version)
        path = f"/nomenclature-versions/{version['id']}"
        held_on = (event.day - timedelta(days=1)).isoformat()
        minutes = {"held_on": held_on, "number": f"{year}-н", "members": MEMBERS}
        await self.ask(event, "records_officer", f"{path}/submission")
        await self.ask(event, "commission", f"{path}/agreement", minutes)
        await self.ask(event, "head", f"{path}/approval", {"number": str(year)})
        self.versions.append({**version, "effective": effective})

    async def _import(self, event: Event) -> Json:
        version = await self.ask(event, "records_officer", "/nomenclatures", {"year": event.told["year"]}, 201)
        name, content = sample(self.where)
        path, officer = f"{V1}/nomenclature-versions/{version['id']}", self.place.of("records_officer")
        looked = await officer.post(f"{path}/import-check", params={"file_name": name}, content=content)
        report = told(event, looked, 200)
        assert not report["stops_import"], report["findings"]
        params = {"file_name": name, "sha256": hashlib.sha256(content).hexdigest()}
        assert told(event, await officer.post(f"{path}/import", params=params, content=content), 200)["rows"] > 20
        return version

    async def _write_terms(self, event: Event, version: Json) -> None:
        if not event.told.get("terms"):
            return
        rows = (await self.read(f"/nomenclature-versions/{version['id']}/record-classes"))["items"]
        for row in rows:
            if row["class_index"] in event.told["terms"]:
                term = {"term": cell(event.told["terms"][row["class_index"]])}
                path = f"{V1}/record-classes/{row['id']}"
                told(event, await self.place.of("records_officer").patch(path, json=term, headers=ANY), 200)

    async def in_force(self, day: date) -> dict[str, Json]:
        version = [each for each in self.versions if each["effective"] <= day][-1]
        if not self.classes or next(iter(self.classes.values()))["version_id"] != version["id"]:
            rows = (await self.read(f"/nomenclature-versions/{version['id']}/record-classes"))["items"]
            self.classes = {row["class_index"]: row for row in rows}
        return self.classes

    async def _term_decided(self, event: Event) -> None:
        row = (await self.in_force(event.day))[event.told["index"]]
        body = {"term": cell(event.told["term"]), "basis": "Перечень 236", "reason": "так решила комиссия"}
        proposed = await self.ask(event, "records_officer", f"/record-classes/{row['id']}/term-decisions", body, 201)
        await self.ask(event, "commission", f"/term-decisions/{proposed['id']}/confirmation", {"reason": "согласна"})
        await run_jobs(self.house)

    async def _list_changed(self, event: Event) -> None:
        body = {"version_id": self.versions[-1]["id"]}
        asked = await self.ask(event, "records_officer", "/redatings", body, 201)
        await run_jobs(self.house)
        shown = await self.read(f"/redatings/{asked['id']}")
        assert shown["state"] == "ready", shown
        lines = (await self.read(f"/redatings/{asked['id']}/lines"))["items"]
        shown_as = {"longer": {"unchanged", "later", "blocked"}, "earlier": {"earlier", "unblocked"}}
        for name, kinds in shown_as.items():
            found = {line["case_id"] for line in lines if line["kind"] in kinds}
            assert found == {self.cases[case] for case in event.told[name]}, f"{event}: {name} {self.names(found)}"
        accepted = {"digest": shown["digest"], "reason": "новый перечень"}
        steps = [("acceptance", "records_officer", event.told["longer"])]
        if event.told["earlier_accepted"]:
            steps.append(("earlier-acceptance", "head", event.told["earlier"]))
        for step, role, cases in steps:
            if cases:
                await self.ask(event, role, f"/redatings/{asked['id']}/{step}", accepted, 201)
                await run_jobs(self.house)
