"""Rewards: by the institution's own kinds, with the document that proves them and the case of the order."""

from tests.registry.cases.desk import new_case
from tests.registry.documents.papers import keep
from tests.registry.results.desk import ANY, V1, created
from tests.registry_house import House, Json, code


async def reward_kind(house: House) -> Json:
    adopted = await house.clerk.post(f"{V1}/reward-presets/general_school/adoption")
    assert "Похвальный лист" in adopted.json()["kinds"]
    assert (await house.clerk.post(f"{V1}/reward-presets/general_school/adoption")).json() == {"kinds": []}
    items: list[Json] = (await house.clerk.get(f"{V1}/reward-kinds")).json()["items"]
    return next(each for each in items if each["name"] == "Похвальный лист")


async def test_a_reward_is_kept_with_its_proof(house_in_memory: House) -> None:
    house = house_in_memory
    clerk, kind = house.clerk, await reward_kind(house)
    document = await keep(house.a, kind="award")
    case = await new_case(house, "5 лет", opened_on="2026-01-12")
    body = {
        "person_id": str(house.a.learner),
        "kind_id": kind["id"],
        "title": "За отличную учёбу",
        "awarded_on": "2026-02-20",
        "ground": "приказ от 20.02.2026 № 14-у",
        "order_case_id": case["id"],
        "document_id": document["id"],
    }
    made = created(await clerk.post(f"{V1}/rewards", json=body))
    nobody = "01900000-0000-7000-8000-00000000dead"
    foreign = await keep(house.a, personal_file_id=str(await house.learner()))
    for members, expected in (
        ({"person_id": nobody}, "unknown_rewarded_person"),
        ({"kind_id": nobody}, "unknown_reward_kind"),
        ({"document_id": nobody}, "unknown_reward_document"),
        ({"document_id": foreign["id"]}, "unknown_reward_document"),
        ({"order_case_id": nobody}, "unknown_order_case"),
        ({"awarded_on": "2026-03-03"}, "impossible_reward_date"),
        ({"expires_on": "2026-02-19"}, "impossible_reward_date"),
    ):
        assert code(await clerk.post(f"{V1}/rewards", json={**body, **members})) == (422, expected), members
    path = f"{V1}/rewards/{made['id']}"
    corrected = await clerk.patch(path, json={"title": "За победу", "expires_on": "2027-02-20"}, headers=ANY)
    assert (corrected.json()["title"], corrected.headers["ETag"]) == ("За победу", '"2"')
    assert code(await clerk.patch(path, json={"document_id": foreign["id"]}, headers=ANY)) == (
        422,
        "unknown_reward_document",
    )
    assert code(await clerk.patch(path, json={"title": "x"}, headers={"If-Match": '"1"'})) == (
        412,
        "precondition_failed",
    )
    [change] = (await clerk.get(f"{path}/changes")).json()["items"]
    assert change["before"] == {"title": "За отличную учёбу", "expires_on": None}
    assert change["changed_by"] == str(house.a.accounts["clerk"])
    for listing in ("rewards", f"people/{house.a.learner}/rewards"):
        assert [row["id"] for row in (await clerk.get(f"{V1}/{listing}")).json()["items"]] == [made["id"]], listing
    assert (await house.other.clerk.get(f"{V1}/rewards")).json()["items"] == []
    assert code(await house.other.clerk.get(path)) == (404, "not_found")
    assert code(await house.of("teacher").get(path)) == (403, "forbidden")
    struck = await clerk.post(f"{path}/striking-out", json={"reason": "не тот ученик"})
    assert struck.json()["state"] == "struck_out"
    assert code(await clerk.patch(path, json={"title": "x"}, headers=ANY)) == (409, "reward_struck_out")
    assert code(await clerk.post(f"{path}/striking-out", json={"reason": "ещё раз"})) == (409, "reward_struck_out")

    retired = await clerk.patch(f"{V1}/reward-kinds/{kind['id']}", json={"retired": True}, headers=ANY)
    assert retired.json()["retired"] is True
    assert code(await clerk.post(f"{V1}/rewards", json=body)) == (422, "unknown_reward_kind")
    again = await clerk.post(f"{V1}/reward-kinds", json={"name": "похвальный  лист"})
    assert (code(again), again.json()["kind"]) == ((409, "reward_kind_taken"), kind["id"])
