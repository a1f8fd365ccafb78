"""The real way out, to a server on this machine: names, checked addresses, TLS, connections that break."""

import ssl
from pathlib import Path

import pytest

from core.outbound import GuardedClient, Policy, resolve_by_system, trusted
from core.sdk.errors import ConnectorMisconfigured, ConnectorTransient
from tests.connectors.outbound.doubles import certificate, lets_pass, network, resolver, server

GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
CUT = b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\nConnection: close\r\n\r\n{}"
RUBBISH = b"SSH-2.0-OpenSSH_9.6\r\n"


def plain(port: int, *, private: bool) -> Policy:
    host = f"platform.test:{port}"
    return Policy(api=frozenset({host}), private=frozenset({host} if private else ()), plain=True)


def here(port: int) -> GuardedClient:
    """A client whose platform lies on this machine, with the operator's leave."""
    return network(plain(port, private=True), resolver(platform_test="127.0.0.1"))


async def test_a_name_that_leads_inside_is_refused_unless_the_operator_allowed_it() -> None:
    async with server([GOOD]) as (port, heard):
        url = f"http://platform.test:{port}/x"
        for addresses in ("127.0.0.1", "8.8.8.8 127.0.0.1", "::ffff:127.0.0.1", "169.254.169.254"):
            async with network(plain(port, private=False), resolver(platform_test=addresses)) as http:
                with pytest.raises(ConnectorMisconfigured, match="inside a network"):
                    await http.request("GET", url, judge=lets_pass)
        assert heard == []
        async with network(plain(port, private=True), resolver(platform_test="127.0.0.1")) as http:
            assert (await http.request("GET", url, judge=lets_pass)).body == b"{}"
        assert f"host: platform.test:{port}".encode() in heard[0].lower()


async def test_a_name_is_resolved_once_a_connection_and_connected_where_it_was_checked() -> None:
    answers = ["127.0.0.1", "10.1.1.1"]

    async def rebinding(_host: str, _port: int) -> list[str]:
        return [answers.pop(0)]

    async with server([GOOD]) as (port, heard):
        async with network(plain(port, private=True), rebinding) as http:
            await http.request("GET", f"http://platform.test:{port}/x", judge=lets_pass)
        assert (len(heard), answers) == (1, ["10.1.1.1"])


async def test_the_next_address_is_tried_when_one_is_dead() -> None:
    async with server([GOOD]) as (port, _):
        # 127.0.0.9 is this machine too, but nobody listens there.
        both = resolver(platform_test="127.0.0.9 127.0.0.1")
        async with network(plain(port, private=True), both) as http:
            assert (await http.request("GET", f"http://platform.test:{port}/", judge=lets_pass)).status == 200
            assert http.traffic.requests == 1


async def test_a_connection_that_breaks_is_transient() -> None:
    async with server([CUT, RUBBISH, b"", GOOD]) as (port, heard), here(port) as http:
        with pytest.raises(ConnectorTransient, match="broke the connection off"):
            await http.request("GET", f"http://platform.test:{port}/", judge=lets_pass)
        assert len(heard) == 3
        assert (await http.request("GET", f"http://platform.test:{port}/", judge=lets_pass)).status == 200
    async with here(port) as http:
        with pytest.raises(ConnectorTransient, match="cannot be reached"):
            await http.request("GET", f"http://platform.test:{port}/", judge=lets_pass)
    async with network(plain(port, private=True), resolver()) as http:
        with pytest.raises(ConnectorTransient, match="cannot be reached"):
            await http.request("GET", f"http://platform.test:{port}/", judge=lets_pass)


async def test_a_stream_that_is_cut_is_transient() -> None:
    async with server([CUT]) as (port, _), here(port) as http:
        with pytest.raises(ConnectorTransient):
            async with http.stream(f"http://platform.test:{port}/f") as opened:
                assert [piece async for piece in opened.chunks]


async def test_tls_is_verified_against_the_name(tmp_path: Path) -> None:
    tls, authority = certificate(tmp_path, "platform.test")
    trust = trusted(authority)
    assert trust.verify_mode is ssl.CERT_REQUIRED
    async with server([GOOD], tls) as (port, _):
        hosts = frozenset({f"platform.test:{port}", f"other.test:{port}"})
        policy = Policy(api=hosts, private=hosts)
        names = resolver(platform_test="127.0.0.1", other_test="127.0.0.1")
        async with network(policy, names, trust) as http:
            assert (await http.request("GET", f"https://platform.test:{port}/", judge=lets_pass)).status == 200
            with pytest.raises(ConnectorMisconfigured, match="certificate"):
                await http.request("GET", f"https://other.test:{port}/", judge=lets_pass)
        async with network(policy, names) as http:
            with pytest.raises(ConnectorMisconfigured, match="ca_file"):
                await http.request("GET", f"https://platform.test:{port}/", judge=lets_pass)


async def test_cookies_and_proxies_of_the_environment_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with_cookie = GOOD.replace(b"Connection", b"Set-Cookie: a=b\r\nConnection")
    async with server([with_cookie]) as (port, heard), here(port) as http:
        for _ in range(2):
            await http.request("GET", f"http://platform.test:{port}/", judge=lets_pass)
    assert [b"cookie" in each.lower() for each in heard] == [False, False]


async def test_the_system_resolves_what_it_knows() -> None:
    assert "127.0.0.1" in await resolve_by_system("localhost", 80) or "::1" in await resolve_by_system("localhost", 80)
    # Spellings of loopback that only a resolver understands lead nowhere either.
    for name in ("2130706433", "0x7f.1", "127.1"):
        policy = Policy(api=frozenset({name}), plain=True)
        async with network(policy, resolve_by_system) as http:
            with pytest.raises((ConnectorMisconfigured, ConnectorTransient)) as raised:
                await http.request("GET", f"http://{name}/", judge=lets_pass)
            assert "inside a network" in str(raised.value) or "cannot be reached" in str(raised.value)
