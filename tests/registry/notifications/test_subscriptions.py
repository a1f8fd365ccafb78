"""Who is told of what, and that the messages arrive, once, signed, again on demand."""

import base64
import hashlib
import hmac
from typing import Any

import pytest

from core.access.permissions import Role
from core.notifications.sending import PAUSES, hear, send_due
from tests.registry.notifications.hooks import HOOK, Receiver, tell, with_receiver
from tests.registry_house import House, code

V1 = "/api/v1"


async def subscribed(house: House, **changes: object) -> dict[str, Any]:
    asked: dict[str, object] = {"notifier": "webhooks", "recipient": HOOK, "title": "Сервер", "topics": ["import.*"]}
    answer = await house.of(Role.ADMINISTRATOR).post(f"{V1}/subscriptions", json=asked | changes)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def messages(house: House, subscription: str) -> list[dict[str, Any]]:
    answer = await house.of(Role.ADMINISTRATOR).get(f"{V1}/subscriptions/{subscription}/messages")
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_an_event_arrives_once_with_a_signature_that_only_the_secret_makes(house_in_memory: House) -> None:
    house, receiver = house_in_memory, Receiver()
    services = with_receiver(house, receiver)
    made = await subscribed(house)
    event = await tell(services, house, state="partial", run="r-1")
    await hear(services, event)
    await send_due(services)
    (request,) = receiver.received
    assert request.url == HOOK
    assert receiver.bodies[0]["type"] == "import.ended"
    assert receiver.bodies[0]["data"] | {"state": "partial", "run": "r-1"} == receiver.bodies[0]["data"]
    key = base64.b64decode(made["secret"].removeprefix("whsec_"))
    head = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode()
    signed = base64.b64encode(hmac.digest(key, head + request.content, hashlib.sha256)).decode()
    assert request.headers["webhook-signature"] == f"v1,{signed}"
    (message,) = await messages(house, made["id"])
    assert (message["state"], message["attempts"], message["last_error"]) == ("sent", 1, "")


async def test_the_secret_is_shown_once_and_can_be_changed(house_in_memory: House) -> None:
    house = house_in_memory
    with_receiver(house, Receiver())
    made = await subscribed(house)
    administrator = house.of(Role.ADMINISTRATOR)
    read = await administrator.get(f"{V1}/subscriptions/{made['id']}")
    listed = await administrator.get(f"{V1}/subscriptions")
    other = (await administrator.post(f"{V1}/subscriptions/{made['id']}/secrets")).json()["secret"]
    assert other != made["secret"]
    kept = await house.owner.fetch(
        "SELECT s::text AS row FROM subscriptions s UNION ALL SELECT a::text FROM audit_entries a"
    )
    for text in (read.text, listed.text, *(row["row"] for row in kept)):
        assert made["secret"] not in text
        assert other not in text


async def test_what_nobody_wants_and_what_others_do_is_not_sent(house_in_memory: House) -> None:
    house, receiver = house_in_memory, Receiver()
    services = with_receiver(house, receiver)
    await subscribed(house, topics=["duty.arisen"])
    await tell(services, house)
    await tell(services, house, "document.accepted")
    administrator = house.other.of(Role.ADMINISTRATOR)
    assert (await administrator.get(f"{V1}/subscriptions")).json()["items"] == []
    assert receiver.received == []


async def test_a_message_is_tried_again_for_days_and_then_given_up(house_in_memory: House) -> None:
    house, receiver = house_in_memory, Receiver(status=500)
    services = with_receiver(house, receiver)
    made = await subscribed(house)
    await tell(services, house)
    for attempt, pause in enumerate(PAUSES, start=1):
        assert len(receiver.received) == attempt
        house.clock.move(seconds=pause.total_seconds() - 1)
        assert await send_due(services) == 0
        house.clock.move(seconds=1)
        await send_due(services)
    (message,) = await messages(house, made["id"])
    assert (message["state"], message["attempts"]) == ("given_up", len(PAUSES) + 1)
    assert len({request.headers["webhook-id"] for request in receiver.received}) == 1
    found = (await house.of(Role.ADMINISTRATOR).get(f"{V1}/subscriptions/{made['id']}")).json()
    assert (found["state"], found["state_reason"]) == ("failing", "the receiving program answers 500")


async def test_a_recipient_who_wants_no_more_is_asked_no_more_until_a_person_says_so(house_in_memory: House) -> None:
    house, receiver = house_in_memory, Receiver(status=410)
    services = with_receiver(house, receiver)
    made = await subscribed(house)
    await tell(services, house)
    await tell(services, house)
    assert len(receiver.received) == 1
    administrator, receiver.status = house.of(Role.ADMINISTRATOR), 200
    where = f"{V1}/subscriptions/{made['id']}"
    answer = await administrator.patch(where, json={"state": "active"}, headers={"If-Match": "*"})
    assert (answer.json()["state"], answer.json()["state_reason"]) == ("active", "")
    (message,) = await messages(house, made["id"])
    replayed = await administrator.post(f"{V1}/messages/{message['id']}/replays")
    assert (replayed.status_code, replayed.json()["state"]) == (202, "waiting")
    await send_due(services)
    assert [(each["state"]) for each in await messages(house, made["id"])] == ["sent"]
    assert {request.headers["webhook-id"] for request in receiver.received} == {f"msg_{message['id'].replace('-', '')}"}


async def test_a_paused_subscription_sends_tests_only_and_the_rest_when_it_goes_on(house_in_memory: House) -> None:
    house, receiver = house_in_memory, Receiver()
    services = with_receiver(house, receiver)
    made = await subscribed(house)
    administrator, where = house.of(Role.ADMINISTRATOR), f"{V1}/subscriptions/{made['id']}"
    event = await tell(services, house, "import.started")
    receiver.received.clear()
    await house.owner.execute("UPDATE messages SET state = 'waiting', ended_at = NULL WHERE event_id = $1", event.id)
    await administrator.patch(where, json={"state": "paused"}, headers={"If-Match": "*"})
    house.clock.move(minutes=6)
    await send_due(services)
    assert (await administrator.post(f"{where}/tests")).status_code == 202
    await send_due(services)
    assert [body["type"] for body in receiver.bodies] == ["notifications.tested"]
    await administrator.patch(where, json={"state": "active"}, headers={"If-Match": "*"})
    house.clock.move(minutes=11)
    await send_due(services)
    assert [body["type"] for body in receiver.bodies] == ["notifications.tested", "import.started"]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"notifier": "pigeons"}, (422, "notifier_unknown")),
        ({"topics": ["import.exploded"]}, (422, "topic_unknown")),
        ({"recipient": "не адрес"}, (422, "recipient_refused")),
        ({"recipient": "https://user:word@example.org/"}, (422, "recipient_refused")),
        ({"recipient": "ftp://example.org/"}, (422, "recipient_refused")),
        ({"notifier": "smtp", "recipient": "a@b@example.org"}, (422, "recipient_refused")),
        ({"notifier": "smtp", "recipient": "a@example.org\r\nBcc: b@example.org"}, (422, "invalid_request")),
    ],
)
async def test_what_cannot_be_sent_is_refused_at_once(
    house_in_memory: House, changes: dict[str, Any], refusal: tuple[int, str]
) -> None:
    with_receiver(house_in_memory, Receiver())
    asked = {"notifier": "webhooks", "recipient": HOOK, "title": "т", "topics": ["*"]} | changes
    answer = await house_in_memory.of(Role.ADMINISTRATOR).post(f"{V1}/subscriptions", json=asked)
    assert code(answer) == refusal, answer.text


async def test_a_message_still_waiting_is_not_replayed_and_an_ended_subscription_takes_its_messages_along(
    house_in_memory: House,
) -> None:
    house = house_in_memory
    services = with_receiver(house, Receiver(status=503))
    made = await subscribed(house)
    await tell(services, house)
    administrator = house.of(Role.ADMINISTRATOR)
    (message,) = await messages(house, made["id"])
    assert code(await administrator.post(f"{V1}/messages/{message['id']}/replays")) == (409, "message_not_ended")
    assert (await administrator.delete(f"{V1}/subscriptions/{made['id']}")).status_code == 204
    assert code(await administrator.get(f"{V1}/subscriptions/{made['id']}")) == (404, "not_found")
    assert await house.owner.fetchval("SELECT count(*) FROM messages") == 0
    assert "subscription.ended" in await house.actions()


async def test_messages_do_not_go_into_the_network_unless_the_operator_names_the_host(house_in_memory: House) -> None:
    house, receiver = house_in_memory, Receiver()
    services = with_receiver(house, receiver)
    made = await subscribed(house, recipient="https://127.0.0.1:9/hook")
    await tell(services, house)
    (message,) = await messages(house, made["id"])
    assert message["state"] == "given_up"
    assert "lies inside a network" in message["last_error"]
    assert receiver.received == []
