"""Where a request comes from and what for."""

from urllib.parse import quote

import pytest

from core.access.errors import InvalidPurpose
from core.access.origin import address_group, client_address, networks, purpose_of
from core.kernel.settings import ServiceSettings
from tests.registry.access.house import Browser, House, application, code, quick_services

PROXIES = networks(["10.0.0.1", "192.168.0.0/24", "2001:db8::/32"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.7", None, "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1, 192.168.0.5", "198.51.100.1"),
        ("10.0.0.1", "nonsense, 192.168.0.5", "192.168.0.5"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "<script>", "10.0.0.1"),
        ("2001:db8::1", "2001:470::5", "2001:470::5"),
        ("", "198.51.100.1", ""),
    ],
)
def test_the_address_is_the_last_one_that_no_trusted_proxy_wrote(peer: str, forwarded: str | None, client: str) -> None:
    assert client_address(peer, forwarded, PROXIES) == client


def test_a_proxy_that_is_no_address_stops_the_start() -> None:
    with pytest.raises(ValueError, match="proxy"):
        networks(["proxy"])


@pytest.mark.parametrize(
    ("address", "group"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("unknown", "unknown"),
        ("", ""),
    ],
)
def test_neighbours_of_one_holder_are_one_group(address: str, group: str) -> None:
    assert address_group(address) == group


@pytest.mark.parametrize(
    ("header", "purpose"),
    [
        (None, ""),
        ("", ""),
        ("plain", "plain"),
        (quote("Запрос выпускника № 5"), "Запрос выпускника № 5"),
        (quote("й" * 200), "й" * 200),
        (quote("🎓" * 200), "🎓" * 200),
    ],
)
def test_a_purpose_is_percent_decoded(header: str | None, purpose: str) -> None:
    assert purpose_of(header) == purpose


@pytest.mark.parametrize("header", ["%FF", quote("й" * 201), quote("a\nb"), quote("a\0b"), "%ED%A0%80", "x" * 9000])
def test_a_purpose_that_cannot_be_kept_is_refused(header: str) -> None:
    with pytest.raises(InvalidPurpose):
        purpose_of(header)


async def test_address_and_purpose_reach_the_scope_of_the_caller(house: House) -> None:
    clerk = await house.member(await house.administrator(), "ivanova", "clerk")
    services = quick_services(
        house.services.database, house.clock, service=ServiceSettings(trusted_proxies=("203.0.113.7",))
    )
    headers = {"X-Forwarded-For": "198.51.100.9", "Deloteka-Purpose": quote("Выдача копии")}
    with application(services) as app:
        behind = Browser(app)
        behind.http.cookies = clerk.http.cookies
        seen = (await behind.get("/contents", headers=headers)).json()
        await behind.http.aclose()
    assert (seen["source"], seen["purpose"]) == ("198.51.100.9", "Выдача копии")
    assert (await clerk.get("/contents", headers=headers)).json()["source"] == "203.0.113.7"
    assert code(await clerk.get("/contents", headers={"Deloteka-Purpose": "%FF"})) == (400, "invalid_purpose")
    services.close()


async def test_the_cookie_is_secure_where_the_settings_say_so(house: House) -> None:
    services = quick_services(house.services.database, house.clock, service=ServiceSettings(secure_cookies=True))
    with application(services) as app:
        browser = Browser(app)
        answer = await browser.sign_in("admin", house.first.password.value)
        await browser.http.aclose()
    assert "secure" in answer.headers["set-cookie"].lower()
    services.close()
