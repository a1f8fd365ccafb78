"""A training centre and its Moodle: rights that the site does not give, files in the tray, and what breaks."""

import pytest

from core.devkit.faults import ErrorObject, HtmlPage, ServerError
from plugins.moodle.simulator.platform import OTHER_TOKEN, SimulatedMoodle
from plugins.moodle.simulator.site import User
from tests.connectors.three_institutions.conftest import Three
from tests.connectors.three_institutions.desk import ANYWAY, Desk, stand
from tests.registry_house import Json


def named(user: User) -> dict[str, str]:
    return {"family_name": user.lastname, "given_name": user.firstname, "patronymic": user.patronymic}


def student(moodle: SimulatedMoodle, number: int) -> User:
    return next(user for user in moodle.site.users.values() if user.idnumber == f"S-{number:03}")


async def connected(desk: Desk, moodle: SimulatedMoodle) -> Json:
    """The centre after a good check; everything that can be read is chosen."""
    stand(desk.house, moodle.hosts())
    await desk.give_right()
    await desk.draft("moodle", "Moodle центра", moodle.configuration())
    checked = await desk.check()
    assert (checked["outcome"], checked["state"]) == ("ok", "ready"), checked
    await desk.choose([each["name"] for each in checked["streams"]])
    return checked


async def test_a_check_names_the_right_that_the_site_does_not_give(three: Three) -> None:
    desk, moodle = three.centre, SimulatedMoodle()
    moodle.take_right("moodle/grade:viewall")
    moodle.take_right("mod_customcert_list_issues")
    checked = await connected(desk, moodle)
    lacking = {each["name"]: each["missing"] for each in checked["streams"] if each["state"] == "missing_right"}
    assert lacking.keys() == {"grades", "final_grades", "certificates", "certificate_files"}
    assert "mod_customcert_list_issues" in lacking["certificates"]
    moodle.repair()
    assert {each["state"] for each in (await desk.check())["streams"]} <= {"ok", "empty"}


async def test_courses_are_mapped_or_left_out_people_are_known_by_number_and_files_wait_in_the_tray(
    three: Three,
) -> None:
    desk, moodle = three.centre, SimulatedMoodle()
    known = await desk.ask("POST", "/people", json={**named(student(moodle, 1)), "external_number": "S-001"})
    await connected(desk, moodle)
    dry = await desk.run("dry_run")
    assert dry["state"] == "complete", dry
    waiting = {(each["kind"], each["source"]): each["source_title"] for each in await desk.items(f"{desk.at}/mappings")}
    course = next(source for kind, source in waiting if kind == "subject")
    subject = await desk.ask("POST", "/subjects", json={"name": "Алгебра для взрослых"})
    values = [{"value": str(mark), "number": mark} for mark in range(6)]
    scale = await desk.ask("POST", "/mark-scales", json={"name": "До пяти", "known_values": values})
    await desk.map(kind="subject", source=course, target_id=subject["id"])
    await desk.map(kind="scale", source="0..5", target_id=scale["id"])
    left_out = next(source for (kind, source), title in waiting.items() if kind == "group" and title == "9Б")
    await desk.map(kind="group", source=left_out, ignored=True)

    run = await desk.run()
    assert run["state"] == "complete", run
    assert run["counts"]["matched"] == 2, run
    assert run["counts"]["ignored"] > 0, run
    told = await desk.ask("GET", f"/provenance/learners/{known['id']}")
    assert [each["external_id"] for each in told["records"]] == [str(student(moodle, 1).id)]
    marks = await desk.items(f"/people/{known['id']}/results", subject_id=subject["id"])
    assert {each["standing"] for each in marks} == {"current", "final"}
    assert {each["scale_id"] for each in marks if each["said_scale"] == "0..5"} == {scale["id"]}
    for mark in marks:
        (origin,) = (await desk.ask("GET", f"/results/{mark['id']}/provenance"))["records"]
        assert (origin["connection_id"], origin["first_run_id"]) == (desk.connection, run["id"])

    file = (await desk.items("/import-tray"))[0]
    assert file["reason"] == "no_personal_file"
    opened = await desk.ask("POST", f"/people/{file['person_id']}/personal-file", json={"number": "1"})
    holder = {"personal_file_id": opened["id"], "kind": "other"}
    kept = await desk.ask("POST", f"/import-tray/{file['id']}/assignment", json=holder)
    document = await desk.ask("GET", f"/documents/{kept['document_id']}")
    assert document["personal_file_id"] == opened["id"]
    await desk.run()
    await desk.expect_nothing_written()


async def test_a_token_that_dies_in_the_middle_stops_the_schedule_until_its_account_comes_back(
    three: Three, caplog: pytest.LogCaptureFixture
) -> None:
    desk, moodle = three.centre, SimulatedMoodle()
    await connected(desk, moodle)
    secrets = {str(moodle.configuration()["token"]), OTHER_TOKEN}
    await desk.ask("PUT", f"{desk.at}/schedule", json={"schedule": "0 4 * * *"}, headers=ANYWAY)
    moodle.revoke(after=6)
    assert await desk.pass_time(days=1) == 1
    dead = await desk.last_run()
    assert (dead["state"], dead["reason"]) == ("failed", "auth")
    assert (await desk.ask("GET", desk.at))["state_reason"]
    assert (await desk.check())["outcome"] == "auth"
    assert await desk.pass_time(days=2) == 0
    wanted = {"connection_id": desk.connection}
    assert await desk.refused("POST", "/import-runs", json=wanted) == (409, "connection_not_ready")

    assert (await desk.reconfigure(moodle.other_account()))["state"] == "draft"
    assert await desk.refused("POST", f"{desk.at}/check") == (409, "other_account")
    await desk.reconfigure(moodle.renewed())
    secrets.add(str(moodle.configuration()["token"]))
    assert (await desk.check())["state"] == "ready"
    assert await desk.pass_time(seconds=5) == 1
    assert (await desk.last_run())["state"] == "complete"
    await desk.expect_nothing_written()
    await desk.expect_no_secret(*secrets, besides=caplog.text)


async def test_a_site_that_is_down_or_broken_loses_nothing_and_a_bad_badge_waits(three: Three) -> None:
    desk, moodle = three.centre, SimulatedMoodle()
    await connected(desk, moodle)
    await desk.run()
    people = await desk.items("/people")
    for fault in (ServerError(status=503), HtmlPage(status=200), ErrorObject(code="sitemaintenance")):
        moodle.faults.on(fault)
        down = await desk.run()
        assert (down["state"], down["reason"]) == ("failed", "transient"), down
        moodle.faults.off()
    assert await desk.items("/people") == people
    await desk.expect_nothing_written()

    spot = moodle.poison()
    bad = await desk.run()
    assert (bad["state"], bad["counts"]["dead"], "gone" in bad["counts"]) == ("partial", 1, False), bad
    (letter,) = await desk.items("/dead-letters", connection_id=desk.connection)
    assert (letter["stream"], letter["external_id"]) == (spot.stream, spot.external_id)
    note = {"note": "Исправят на площадке"}
    assert (await desk.ask("POST", f"/dead-letters/{letter['id']}/dismissal", json=note))["state"] == "dismissed"
    moodle.repair()
    assert (await desk.run())["state"] == "complete"
    assert await desk.items("/dead-letters", connection_id=desk.connection) == []


async def test_people_and_grades_change_and_a_namesake_is_settled_by_a_person(three: Three) -> None:
    desk, moodle = three.centre, SimulatedMoodle()
    renamed, mover, namesake = (student(moodle, number) for number in (2, 3, 4))
    known = await desk.ask("POST", "/people", json=named(namesake))
    await connected(desk, moodle)
    first = await desk.run()
    assert (first["state"], first["counts"]["unmatched"]) == ("partial", 1), first
    (proposal,) = await desk.items("/person-proposals")
    assert proposal["candidates"][0]["entity_id"] == known["id"]
    other = {"person_id": str(desk.place.learner)}
    confirmation = f"/person-proposals/{proposal['id']}/confirmation"
    assert await desk.refused("POST", confirmation, json=other) == (422, "person_proposal_no_candidate")
    await desk.ask("POST", f"/person-proposals/{proposal['id']}/rejection", json={"person_id": known["id"]})
    await desk.pass_time(seconds=5)
    assert await desk.items("/dead-letters", connection_id=desk.connection) == []
    assert str(await desk.spoken_of("learners", str(namesake.id))) != known["id"]
    await desk.expect_nothing_written()

    course = moodle.site.courses[2]
    before, after = course.groups.values()
    if mover.id not in before.members:
        before, after = after, before
    before.members.remove(mover.id)
    after.members.add(mover.id)
    renamed.lastname = "Переименованная"
    item, user = next(iter(course.grades))
    del course.grades[item, user]
    run = await desk.run()
    assert run["state"] == "complete", run
    person = await desk.spoken_of("learners", str(renamed.id))
    assert (await desk.ask("GET", f"/people/{person}"))["family_name"] == "Переименованная"
    moved = await desk.spoken_of("learners", str(mover.id))
    stays = {each["group_id"]: each["gone_at"] for each in await desk.items("/enrolments", person_id=str(moved))}
    assert stays[str(await desk.spoken_of("groups", f"group-{before.id}"))] is not None
    assert stays[str(await desk.spoken_of("groups", f"group-{after.id}"))] is None
    stream = "final_grades" if item % 1000 == 0 else "grades"
    assert (await desk.result(stream, f"2:{user}:{item}"))["gone_at"] is not None
    await desk.expect_nothing_written()
    await desk.expect_sound_trail()
