"""Any history of documents, played against the whole application and against a simple model of it."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from core.documents.keeper import Keeper
from tests.registry.documents.papers import (
    DOCUMENTS,
    MISNAMED,
    add_version,
    decide,
    digest,
    keep,
    read,
    send,
    settle,
    text,
    withdraw,
)
from tests.registry_house import House, code

CLERK, PROGRAM = "clerk", "service_account"


@dataclass
class Version:
    content: bytes
    state: str
    by: str


@dataclass
class Model:
    """What a document should be."""

    id: str
    key: str
    by: str
    state: str
    revision: int
    title: str
    versions: list[Version] = field(default_factory=list)

    @property
    def made(self) -> dict[str, Any]:
        return {"id": self.id}

    def shown(self) -> Version:
        kept = [version for version in self.versions if version.state == "kept"]
        return (kept or self.versions)[-1]


class Histories(RuleBasedStateMachine):
    """Each rule is one step of somebody; what comes of it is compared at once, everything else after each step."""

    house: House
    loop: asyncio.AbstractEventLoop
    documents = Bundle("documents")

    def __init__(self) -> None:
        super().__init__()
        self.alive: list[Model] = []
        self.personal_file = ""

    def run(self, step: Any) -> Any:  # noqa: ANN401 - what the step answers
        return asyncio.run_coroutine_threadsafe(step, self.loop).result(60)

    @initialize()
    def a_learner(self) -> None:
        self.personal_file = str(self.run(self.house.learner()))

    @rule(target=documents, waits=st.booleans(), by=st.sampled_from([CLERK, PROGRAM]))
    def upload(self, by: str, *, waits: bool) -> Model:
        content = text()
        name = MISNAMED if waits else "a.txt"
        key = digest(content)[:20]
        made = self.run(
            keep(self.house.a, content, role=by, key=key, file_name=name, personal_file_id=self.personal_file)
        )
        state = "quarantined" if waits else "kept"
        assert made["state"] == state
        model = Model(made["id"], key, by, state, made["revision"], made["title"], [Version(content, state, by)])
        self.alive.append(model)
        return model

    @rule(model=documents)
    def repeat(self, model: Model) -> None:
        first = model.versions[0]
        answer = self.run(
            send(self.house.a, first.content, role=model.by, key=model.key, personal_file_id=self.personal_file)
        )
        if model.state == "withdrawn":
            assert code(answer) == (409, "idempotency_conflict")
        else:
            assert (answer.status_code, answer.json()["id"]) == (200, model.id)

    @rule(model=documents)
    def send_the_same_bytes(self, model: Model) -> None:
        if model.state == "withdrawn" or model.shown().state == "refused":
            return
        answer = self.run(send(self.house.a, model.shown().content, personal_file_id=self.personal_file))
        assert code(answer) == (409, "duplicate")
        assert answer.json()["first"] == model.id

    @rule(model=documents, waits=st.booleans(), by=st.sampled_from([CLERK, PROGRAM]))
    def add(self, model: Model, by: str, *, waits: bool) -> None:
        content = text()
        answer = self.run(add_version(self.house.a, model.made, content, role=by, name=MISNAMED if waits else "a.txt"))
        if model.state == "withdrawn":
            assert answer.status_code == 404
        elif model.state != "kept":
            assert code(answer) == (409, "stale_state")
        else:
            assert answer.status_code == 201
            model.versions.append(Version(content, "quarantined" if waits else "kept", by))
            model.revision = answer.json()["revision"]

    @rule(model=documents, step=st.sampled_from(["release", "refusal"]), ordinal=st.integers(1, 3))
    def decide(self, model: Model, step: str, ordinal: int) -> None:
        answer = self.run(decide(self.house.a, model.made, step, ordinal=ordinal))
        if model.state == "withdrawn" or ordinal > len(model.versions):
            assert answer.status_code == 404
            return
        version = model.versions[ordinal - 1]
        if version.state != "quarantined":
            assert code(answer) == (409, "document_step_refused")
            return
        version.state = {"release": "kept", "refusal": "refused"}[step]
        assert answer.json()["state"] == version.state
        if model.state == "quarantined":
            model.state = version.state
        model.revision += 1

    @rule(model=documents, by=st.sampled_from([CLERK, PROGRAM]))
    def withdraw(self, model: Model, by: str) -> None:
        answer = self.run(withdraw(self.house.a, model.made, role=by))
        if model.state == "withdrawn":
            assert answer.status_code == 404
        elif model.state == "refused" or {model.by, *(version.by for version in model.versions)} != {by}:
            assert code(answer) == (409, "document_step_refused")
        else:
            assert answer.status_code == 204
            model.state = "withdrawn"

    @rule(model=documents, title=st.sampled_from(["Диплом", "Грамота", "Справка"]), late=st.booleans())
    def edit(self, model: Model, title: str, *, late: bool) -> None:
        revision = model.revision - (1 if late else 0)
        answer = self.run(
            self.house.clerk.patch(
                f"{DOCUMENTS}/{model.id}", json={"title": title}, headers={"If-Match": f'"{revision}"'}
            )
        )
        if model.state == "withdrawn":
            assert answer.status_code == 404
        elif late:
            assert code(answer) == (412, "precondition_failed")
        elif model.state == "refused":
            assert code(answer) == (409, "stale_state")
        else:
            assert answer.status_code == 200
            assert answer.json()["revision"] == model.revision + (title != model.title)
            model.revision, model.title = answer.json()["revision"], title

    @rule()
    def settle(self) -> None:
        self.run(settle(self.house, Keeper(self.house.services.documents, abandoned_after=0)))
        assert self.house.spooled() == []

    @rule(model=consumes(documents))
    def forget(self, model: Model) -> None:
        """Leave a document as it is."""

    @invariant()
    def everything_is_as_the_model_says(self) -> None:
        for model in self.alive:
            self.run(self._compare(model))
        if self.personal_file:
            listed = self.run(self.house.clerk.get(DOCUMENTS, params={"personal_file_id": self.personal_file}))
            expected = [model.id for model in reversed(self.alive) if model.state != "withdrawn"]
            assert [item["id"] for item in listed.json()["items"]] == expected

    async def _compare(self, model: Model) -> None:
        place = self.house.a
        shown = await place.clerk.get(f"{DOCUMENTS}/{model.id}")
        content = await read(place, model.made)
        if model.state == "withdrawn":
            assert (shown.status_code, content.status_code) == (404, 404)
            assert await self._objects(model) == 0
            return
        said = shown.json()
        assert (said["state"], said["revision"], said["title"]) == (model.state, model.revision, model.title)
        assert said["versions"] == len(model.versions)
        if model.shown().state == "refused":
            assert content.status_code == 410
        else:
            assert content.content == model.shown().content
        with_bytes = [version for version in model.versions if version.state != "refused"]
        assert len(with_bytes) <= await self._objects(model) <= 2 * len(with_bytes)

    async def _objects(self, model: Model) -> int:
        return sum(model.id in key for key in await self.house.objects())


async def test_any_history_of_documents_goes_as_the_model_says(house_in_memory: House) -> None:
    class Here(Histories):
        house = house_in_memory
        loop = asyncio.get_running_loop()

    chosen = settings(
        max_examples=12,
        stateful_step_count=14,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    await asyncio.to_thread(run_state_machine_as_test, Here, settings=chosen)
