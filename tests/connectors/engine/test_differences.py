"""What a dry run shows to whom: readable titles, and of results no more than of what they would become."""

from core.imports.models import ImportRun, Mode
from core.imports.services import Words
from core.sdk.connectors import EntityKind, Stream
from tests.connectors.engine.bench import GROUPS, LEARNERS, Engine, ended, group, learner, mark
from tests.registry_house import code

MARKS = Stream(name="marks", kind=EntityKind.RESULTS, title="", parents=("learners", "groups"))
ANY = {"If-Match": "*"}


async def prepared(engine: Engine) -> None:
    """Three roles with the right to manage connections, two kinds of results, and a source with words of each sort."""
    house = engine.house
    house.app.state.imports = engine.services
    for role in ("clerk", "head", "teacher"):
        right = {"rights": ["connections.manage"]}
        account = house.a.accounts[role]
        given = await house.browser("administrator").patch(f"/api/v1/users/{account}", json=right, headers=ANY)
        assert given.status_code == 200, given.text
    kinds = {
        word: {"kind_id": (await house.of("head").post("/api/v1/result-kinds", json=said)).json()["id"]}
        for word, said in {
            "Контрольная": {"name": "Контрольные работы"},
            "Беседа": {"name": "Беседы", "access": "restricted"},
        }.items()
    }
    engine.connections.known_words = Words(fields={"result_kind": kinds | {"Урок": {}}, "scale": {}})
    engine.script.stream(GROUPS, group("g", "8А"))
    engine.script.stream(LEARNERS, learner("1", "Первая"))
    words = {"known": "Контрольная", "secret": "Беседа", "asked": "Опрос", "left": "Урок", "none": ""}
    marks = [mark(key, "1", group="g", result_kind=word) for key, word in words.items()]
    engine.script.stream(MARKS, *marks, mark("lost", "99", result_kind="Опрос"))


async def shown(engine: Engine, role: str, run: ImportRun) -> dict[str, tuple[str, set[str]]]:
    """Titles and names of fields by external id, as somebody reads them."""
    answer = await engine.house.of(role).get(f"/api/v1/import-runs/{run.id}/differences")
    assert answer.status_code == 200, answer.text
    items = answer.json()["items"]
    assert not [each for each in items if each["outcome"] == "new" and each["entity_id"]]
    return {each["external_id"]: (each["title"], set(each["fields"].get("record", each["fields"]))) for each in items}


async def test_a_dry_run_is_readable_and_shows_no_kind_of_results_to_who_may_not_see_it(engine: Engine) -> None:
    await prepared(engine)
    dry = await engine.run(Mode.DRY_RUN)
    assert ended(dry)[1] == {"new": 7, "dead": 1}
    clerk = await shown(engine, "clerk", dry)
    assert (clerk["1"][0], clerk["g"][0]) == ("Первая Иван", "8А")
    assert clerk["known"][0] == "Первая Иван · 8А · Контрольная · 5"
    assert clerk["none"][0] == "Первая Иван · 8А · 5"
    assert clerk["left"][0] == "Первая Иван · 8А · Урок · 5"
    assert {"value", "person_id"} <= clerk["known"][1] & clerk["none"][1] & clerk["left"][1]
    assert clerk["secret"] == ("", set())
    assert clerk["asked"] == ("", {"said_kind", "said_scale"})
    assert clerk["lost"] == ("", {"result_kind", "scale"})
    head = await shown(engine, "head", dry)
    assert head["secret"][0] == "Первая Иван · 8А · Беседа · 5"
    assert {"value", "person_id"} <= head["secret"][1] & head["asked"][1]
    teacher = await engine.house.of("teacher").get(f"/api/v1/import-runs/{dry.id}/differences")
    assert code(teacher) == (404, "not_found")

    await engine.run()
    letters = {}
    for role in ("clerk", "head"):
        letters[role] = (await engine.house.of(role).get("/api/v1/dead-letters")).json()["items"]
    assert [set(each["record"]) for each in letters["clerk"]] == [{"result_kind", "scale"}]
    assert [each["source"] for each in letters["clerk"]] == [None]
    assert [each["record"]["learner"] for each in letters["head"]] == ["99"]
    # In the registry it is a usual one, which the clerk sees there.
    again = [mark(key, "1", "4", result_kind=word) for key, word in (("asked", "Опрос"), ("secret", "Беседа"))]
    engine.script.stream(MARKS, *again)
    clerk = await shown(engine, "clerk", await engine.run(Mode.DRY_RUN))
    assert clerk["asked"] == ("Первая Иван · Опрос · 4", {"value", "group_id"})
    assert clerk["secret"] == ("", set())
    assert clerk["known"] == ("Первая Иван · 8А · Контрольная · 5", set()), "it would be gone"
