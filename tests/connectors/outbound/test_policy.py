"""Which hosts, addresses, requests and schedules of repetition are allowed."""

from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.outbound import Limits, Policy, Redactor, authority
from core.outbound.addresses import is_public
from core.outbound.repeating import backoff, retry_after
from core.sdk.connectors import AllowedRequest, Hosts
from core.sdk.errors import ConnectorBug, ConnectorMisconfigured, ConnectorTransient

POLICY = Policy(
    api=frozenset({"api.test", "api.test:8443"}),
    files=frozenset({"files.test"}),
    private=frozenset({"inside.test", "10.0.0.7:8080"}),
    requests=(AllowedRequest(method="POST", path="*/lessons/many"),),
)

INSIDE = """127.0.0.1 127.1.2.3 0.0.0.0 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 100.100.100.200
 224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255 192.0.2.1 198.18.0.1 203.0.113.5 192.0.0.1 ::1 :: fe80::1 fe80::1%eth0
 fc00::1 fd00:ec2::254 ff02::1 fec0::1 ::ffff:8.8.8.8 ::ffff:127.0.0.1 2002:7f00:1:: 2001::1 64:ff9b::7f00:1
 64:ff9b::a00:1 2001:db8::1 64:ff9b:1::1 100::1""".split()  # noqa: SIM905 (a table of addresses)
OUTSIDE = ["8.8.8.8", "93.184.216.34", "100.128.0.1", "2606:2800:220:1::1", "64:ff9b::808:808", "192.1.2.3"]


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_an_address_outside(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4, network="10.0.0.0/8") | st.ip_addresses(v=4, network="172.16.0.0/12"))
def test_no_disguise_of_a_private_address_is_public(address: object) -> None:
    number = int(address)  # type: ignore[call-overload]
    assert not is_public(str(address))
    assert not is_public(f"::ffff:{address}")
    assert not is_public(f"64:ff9b::{number >> 16:x}:{number & 0xFFFF:x}")
    assert not is_public(f"2002:{number >> 16:x}:{number & 0xFFFF:x}::1")


@pytest.mark.parametrize(
    ("said", "compared"),
    [
        ("LMS.Example.org", "lms.example.org"),
        ("lms.example.org.", "lms.example.org"),
        ("lms.example.org:443", "lms.example.org"),
        ("lms.example.org:8443", "lms.example.org:8443"),
        ("школа.рф", "xn--80atdl2c.xn--p1ai"),
        ("[2001:DB8::1]:8080", "[2001:db8::1]:8080"),
    ],
)
def test_hosts_are_compared_in_one_spelling(said: str, compared: str) -> None:
    assert authority(said) == compared


@pytest.mark.parametrize("said", ["", " ", "a b", "a/b", "user@a", "a?b", "a#b", "https://a", "a:x", "a\\b", "a,b"])
def test_what_is_no_host_is_refused(said: str) -> None:
    with pytest.raises(ConnectorMisconfigured):
        authority(said)


@pytest.mark.parametrize(
    ("method", "url", "files"),
    [
        ("GET", "https://api.test/x?y=1", False),
        ("HEAD", "https://API.test./x", False),
        ("GET", "https://api.test:8443/x", False),
        ("POST", "https://api.test/v2/lessons/many", False),
        ("GET", "https://files.test/a.pdf", True),
    ],
)
def test_what_may_be_asked(method: str, url: str, *, files: bool) -> None:
    POLICY.admit(method, httpx.URL(url), files=files)


@pytest.mark.parametrize(
    ("method", "url", "files", "error"),
    [
        ("POST", "https://api.test/v2/lessons", False, ConnectorBug),
        ("DELETE", "https://api.test/v2/lessons/many", False, ConnectorBug),
        ("GET", "http://api.test/x", False, ConnectorMisconfigured),
        ("GET", "https://api.test:9000/x", False, ConnectorMisconfigured),
        ("GET", "https://api.test.evil.test/x", False, ConnectorMisconfigured),
        ("GET", "https://api.test@evil.test/x", False, ConnectorMisconfigured),
        ("GET", "https://user:pass@api.test/x", False, ConnectorMisconfigured),
        ("GET", "https://files.test/a.pdf", False, ConnectorMisconfigured),
        ("GET", "https://elsewhere.test/a.pdf", True, ConnectorMisconfigured),
        ("GET", "file:///etc/passwd", True, ConnectorMisconfigured),
        ("GET", "ftp://api.test/x", True, ConnectorMisconfigured),
    ],
)
def test_what_may_not_be_asked(method: str, url: str, files: bool, error: type[Exception]) -> None:  # noqa: FBT001
    with pytest.raises(error):
        POLICY.admit(method, httpx.URL(url), files=files)


def test_an_address_in_place_of_a_name_is_looked_at_too() -> None:
    hosts = frozenset({"127.0.0.1", "10.0.0.7:8080", "8.8.8.8", "[::1]"})
    policy = Policy(api=hosts, private=frozenset({"10.0.0.7:8080"}))
    policy.admit("GET", httpx.URL("https://8.8.8.8/"))
    policy.admit("GET", httpx.URL("https://10.0.0.7:8080/"))
    for url in ("https://127.0.0.1/", "https://[::1]/"):
        with pytest.raises(ConnectorMisconfigured, match="inside a network"):
            policy.admit("GET", httpx.URL(url))


def test_a_private_host_is_allowed_with_its_port_only() -> None:
    assert POLICY.may_be_private("inside.test", 443)
    assert POLICY.may_be_private("INSIDE.test.", 80)
    assert not POLICY.may_be_private("inside.test", 5432)
    assert not POLICY.may_be_private("10.0.0.7", 443)


def test_plain_http_needs_the_word_of_the_installation() -> None:
    hosts = Hosts(api=("lms.test",), plain=True)
    with pytest.raises(ConnectorMisconfigured, match="allow_http"):
        Policy.of(hosts)
    policy = Policy.of(hosts, http_allowed=True)
    policy.admit("GET", httpx.URL("http://lms.test/"))
    policy.admit("GET", httpx.URL("https://lms.test/"))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7),
        (" 0 ", 0),
        ("Mon, 02 Mar 2026 09:01:30 GMT", 90),
        ("Mon, 02 Mar 2026 08:00:00 GMT", 0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("9" * 40, 10**8),
        ("٧", None),
    ],
)
def test_a_pause_that_is_asked_for(value: str, seconds: int | None) -> None:
    assert retry_after(value, datetime(2026, 3, 2, 9, 0, tzinfo=UTC)) == seconds


def test_a_pause_beyond_the_bound_ends_the_attempts() -> None:
    decide = backoff(Limits(longest_wait_seconds=60))
    assert decide(ConnectorTransient("x", retry_after=60)) == 60.0
    assert decide(ConnectorTransient("x", retry_after=61)) is False
    assert decide(ConnectorTransient("x")) is True
    assert decide(ConnectorBug("x")) is False
    assert decide(ValueError()) is False


SECRET = 'gehe im/+&"é'


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        "https://x.test/?key=gehe%20im%2F%2B%26%22%C3%A9&a=1",
        "https://x.test/?key=gehe+im%2f%2b%26%22%c3%a9",
        '{"a": "gehe im/+&\\"\\u00e9"}',
        '{"a": "gehe im/+&\\"é"}',
    ],
)
def test_a_secret_is_masked_however_it_is_spelled(text: str) -> None:
    redactor = Redactor([SECRET])
    assert "•" in redactor(text)
    assert "gehe" not in redactor(text)
    assert redactor.holds(text)


def test_raw_answers_are_masked_by_value_and_by_name() -> None:
    redactor = Redactor(["s3cr3t-value", "12345678"])
    raw = {
        "s3cr3t-value": ["a s3cr3t-value b", 12345678, 1, True, None, 1.5],
        "access_token": "unknown to us",
        "token": "",
        "url": "https://user:pass@lms.test/f?token=abc&forcedownload=1",
        "deep": ({"wsToken": "x"},),
    }
    mask = "••••••"
    assert redactor.redact(raw) == {
        mask: [f"a {mask} b", mask, 1, True, None, 1.5],
        "access_token": mask,
        "token": "",
        "url": f"https://{mask}@lms.test/f?token={mask}&forcedownload=1",
        "deep": [{"wsToken": mask}],
    }


def test_short_secrets_do_not_blank_out_everything() -> None:
    assert Redactor(["a", "12"])("a12 banana") == "a12 banana"
