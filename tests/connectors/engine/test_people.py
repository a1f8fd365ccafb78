"""Who is meant: by key, else by a person's word; and decisions that are taken back."""

from datetime import date
from uuid import UUID

import pytest

from core.imports.deciding import confirm, declare_new, find_proposal, reject, undo
from core.imports.errors import DecisionNotUndoable, NoSuchCandidate, ProposalDecided
from core.imports.models import ImportRun, PersonProposal
from tests.connectors.engine.bench import LEARNERS, MARKS, Engine, ended, learner, mark


async def registered(engine: Engine, family: str, *, born: date | None = None, number: str = "", **more: str) -> UUID:
    answer = await engine.house.clerk.post(
        "/api/v1/people",
        json={"family_name": family, "given_name": "Иван", "external_number": number, **more}
        | ({"birth_date": born.isoformat()} if born else {}),
    )
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["id"])


async def open_proposals(engine: Engine) -> list[PersonProposal]:
    async with engine.house.services.database.work(engine.house.a.scope()):
        return await PersonProposal.filter(state="open").order_by("external_id")


async def follow(engine: Engine) -> None:
    """Do the runs that wait."""
    async with engine.house.services.database.work(engine.house.a.scope()):
        waiting = await ImportRun.filter(state="queued")
    for run in waiting:
        await engine.work(run)


async def test_persons_are_matched_by_their_number_and_never_by_name(engine: Engine) -> None:
    known = await registered(engine, "Образцов", number="2025-1", patronymic="Петрович")
    namesake = await registered(engine, "Тезкин", born=date(2010, 5, 5))
    other_day = await registered(engine, "Иной", born=date(2010, 5, 5))
    engine.script.stream(
        LEARNERS,
        learner("1", "Образцова", number="2025-1"),  # the number says it, whatever the name
        learner("2", "Teзкин"),  # the first two letters are Latin
        learner("3", "Тезкин", birth_date=date(2011, 1, 1)),  # another day of birth: another person
        learner("4", "Иной", birth_date=date(2011, 5, 5)),
    )
    engine.script.stream(MARKS, mark("m1", "1"), mark("m2", "2"), mark("m3", "3"))
    run = await engine.run()
    assert ended(run) == ("partial", {"dead": 1, "matched": 1, "new": 4, "unmatched": 1})
    assert await engine.letters() == [("marks", "m2", "waiting")]
    (proposal,) = await open_proposals(engine)
    assert [each["entity_id"] for each in proposal.candidates] == [str(namesake)]
    # What the registry held stays: the other name is a conflict for a person.
    assert await engine.rows("SELECT field, hand_value #>> '{}' AS hand FROM origin_conflicts") == [
        {"field": "family_name", "hand": "Образцов"}
    ]
    before = await engine.fingerprint_of_tables()
    await engine.run()
    changed = {name for name, rows in (await engine.fingerprint_of_tables()).items() if rows != before[name]}
    assert changed == {"import_letters"}  # which counts its attempts

    async with engine.house.services.database.work(engine.house.a.scope()) as work:
        with pytest.raises(NoSuchCandidate):
            await confirm(work, engine.services, proposal, other_day)
    async with engine.house.services.database.work(engine.house.a.scope()) as work:
        decided = await confirm(work, engine.services, proposal, namesake)
        assert (decided.state, decided.entity_id) == ("confirmed", namesake)
        with pytest.raises(ProposalDecided):
            await declare_new(work, engine.services, decided)
    await follow(engine)
    assert await engine.letters() == []
    assert await engine.one("SELECT count(*) FROM results WHERE person_id = $1", namesake) == 1
    assert ended(await engine.run())[1] == {"same": 7}
    assert known != namesake
    spoken = await engine.rows("SELECT imported FROM people WHERE id = ANY ($1)", [known, namesake])
    assert spoken == [{"imported": True}] * 2, "a source speaks of them, although it had nothing to fill in"


async def test_homonyms_of_one_source_are_two_people_and_a_rejected_pair_is_remembered(engine: Engine) -> None:
    engine.script.stream(LEARNERS, learner("1", "Тезкин"), learner("2", "Тезкин"))
    assert ended(await engine.run()) == ("complete", {"new": 2})
    stranger = await registered(engine, "Новиков")
    second = await registered(engine, "Новиков")
    engine.script.stream(LEARNERS, learner("1", "Тезкин"), learner("2", "Тезкин"), learner("3", "Новиков"))
    await engine.run()
    (proposal,) = await open_proposals(engine)
    async with engine.house.services.database.work(engine.house.a.scope()) as work:
        left = await reject(work, engine.services, proposal, stranger)
        assert [each["entity_id"] for each in left.candidates] == [str(second)]
    await engine.run()
    (proposal,) = await open_proposals(engine)
    assert [each["entity_id"] for each in proposal.candidates] == [str(second)]
    async with engine.house.services.database.work(engine.house.a.scope()) as work:
        assert (await reject(work, engine.services, proposal, second)).state == "new"
    assert ended(await engine.run()) == ("complete", {"same": 3})
    assert await engine.one("SELECT count(*) FROM people WHERE family_name = 'Новиков'") == 3


async def test_a_decision_is_undone_with_all_that_followed_from_it(engine: Engine) -> None:
    known = await registered(engine, "Тезкин")
    engine.script.stream(LEARNERS, learner("1", "Тезкин", birth_date=date(2010, 5, 5), patronymic="Львович"))
    engine.script.stream(MARKS, mark("m1", "1"))
    await engine.run()
    (proposal,) = await open_proposals(engine)
    database, scope = engine.house.services.database, engine.house.a.scope()
    async with database.work(scope) as work:
        await confirm(work, engine.services, proposal, known)
    await follow(engine)
    filled = await engine.rows("SELECT patronymic, birth_date FROM people WHERE id = $1", known)
    assert filled == [{"patronymic": "Львович", "birth_date": date(2010, 5, 5)}]
    await engine.house.owner.execute("UPDATE people SET patronymic = 'Игоревич' WHERE id = $1", known)
    async with database.work(scope) as work:
        undone = await undo(work, engine.services, await find_proposal(proposal.id))
        with pytest.raises(DecisionNotUndoable):
            await undo(work, engine.services, await find_proposal(proposal.id))
    assert (undone.moved, undone.restored, undone.documents_left) == (1, ("birth_date",), ())
    # What somebody has changed since stays; what the record had filled in goes.
    left = await engine.rows("SELECT patronymic, birth_date FROM people WHERE id = $1", known)
    assert left == [{"patronymic": "Игоревич", "birth_date": None}]
    assert await engine.one("SELECT person_id FROM results WHERE gone_at IS NULL") == undone.entity_id
    assert not await engine.one("SELECT imported FROM people WHERE id = $1", known)
    assert await engine.one("SELECT patronymic FROM people WHERE id = $1", undone.entity_id) == "Львович"
    assert ended(await engine.run()) == ("complete", {"same": 2})
    # The other way round: a new person was made, and it was somebody known after all.
    engine.script.stream(
        LEARNERS, learner("1", "Тезкин", birth_date=date(2010, 5, 5), patronymic="Львович"), learner("2", "Тезкин")
    )
    engine.script.stream(MARKS, mark("m1", "1"), mark("m2", "2"))
    await engine.run()
    (proposal,) = await open_proposals(engine)
    async with database.work(scope) as work:
        await declare_new(work, engine.services, proposal)
    await follow(engine)
    async with database.work(scope) as work:
        undone = await undo(work, engine.services, await find_proposal(proposal.id), person_id=known)
    assert (undone.entity_id, undone.moved) == (known, 1)
    assert await engine.one("SELECT imported FROM people WHERE id = $1", known)
    assert await engine.one("SELECT count(*) FROM results WHERE person_id = $1 AND gone_at IS NULL", known) == 1
    assert ended(await engine.run()) == ("complete", {"same": 4})
    # A mark that the source gives to somebody else is another mark.
    engine.script.stream(MARKS, mark("m1", "2"), mark("m2", "2"))
    assert ended(await engine.run()) == ("complete", {"changed": 1, "same": 3})
    assert await engine.one("SELECT count(*) FROM results WHERE person_id = $1 AND gone_at IS NULL", known) == 2
    assert ended(await engine.run()) == ("complete", {"same": 4})
