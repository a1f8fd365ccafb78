"""Sign-in, renewal of tokens, identity and rights; and requests that are never sent."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr, ValidationError

from core.devkit.bench import Bench
from core.devkit.running import Outcome
from core.sdk.connectors import StreamState, Tokens
from core.sdk.errors import ConnectorAuthFailed, ConnectorBug, ConnectorMisconfigured
from plugins.dnevnik.answers import Reading
from plugins.dnevnik.connector import DnevnikConnector
from plugins.dnevnik.settings import DnevnikSettings
from plugins.dnevnik.simulator import Platform, Size
from tests.connectors.dnevnik.platforms import HOST, bench_of, configured, platform_of

BACK = "https://deloteka.example/back"


def application(platform: Platform, **settings: object) -> Bench:
    sign_in = platform.sign_in
    way = {"way": "application", "client_id": sign_in.client_id, "client_secret": sign_in.client_secret}
    return bench_of(platform, **{"sign_in": way, **settings})


async def signed_in(platform: Platform, **settings: object) -> Bench:
    bench = application(platform, **settings)
    connector = await bench.open()
    await connector.complete_sign_in(code=platform.sign_in.code(), redirect_uri=BACK)
    return bench


async def saved(bench: Bench) -> Tokens:
    tokens = await bench.tokens.load()
    assert tokens is not None
    return tokens


async def test_the_sign_in_page_is_asked_for_no_more_scopes_than_are_wanted() -> None:
    platform = platform_of()
    asked = {}
    for name, wanted in {"least": {}, "most": {"guardians": True, "contacts": True, "homework_files": True}}.items():
        form = await (await application(platform, **wanted).open()).sign_in_form(state="S1", redirect_uri=BACK)
        query = parse_qs(urlsplit(form.address).query)
        asked[name] = query["scope"][0].split(",")
        assert form.state == "S1"
        assert (query["state"], query["redirect_uri"], query["response_type"]) == (["S1"], [BACK], ["code"])
        assert platform.sign_in.client_secret not in form.address
    assert asked == {
        "least": ["CommonInfo", "EducationalInfo"],
        "most": ["CommonInfo", "EducationalInfo", "ContactInfo", "FriendsAndRelatives", "Files"],
    }


@pytest.mark.parametrize("expiry", ["expiresIn", "expiresDate"])
async def test_a_code_becomes_tokens_with_their_end_in_both_forms(expiry: str) -> None:
    platform = platform_of(expiry=expiry)
    bench = await signed_in(platform)
    tokens = await saved(bench)
    assert tokens.refresh is not None
    assert tokens.expires_at == bench.now + platform.sign_in.lifetime
    assert (await bench.check()).identity.unique_id == f"{HOST}/{platform.administrator(0).user}"


async def test_a_token_that_ends_is_renewed_once_and_each_refresh_token_is_used_once() -> None:
    platform = platform_of()
    bench = await signed_in(platform)
    seen = set()
    for _ in range(3):
        tokens = await saved(bench)
        assert tokens.refresh is not None
        seen.add(tokens.refresh.get_secret_value())
        bench.now += platform.sign_in.lifetime
        platform.now += platform.sign_in.lifetime
        assert (await bench.run()).outcome is Outcome.COMPLETE
    assert len(seen) == 3
    assert platform.faults.requests("POST */authorizations") == 4


async def test_a_token_that_dies_before_its_end_is_renewed_in_the_middle_of_a_run() -> None:
    platform = platform_of()
    bench = await signed_in(platform)
    await bench.check()
    platform.sign_in.forget_access()
    assert (await bench.run()).outcome is Outcome.COMPLETE
    assert platform.faults.requests("POST */authorizations") == 2


async def test_tokens_that_another_run_has_renewed_are_taken_over() -> None:
    platform = platform_of()
    bench = await signed_in(platform)
    slow, quick = await bench.open(), await bench.open()
    await slow.check()
    platform.sign_in.forget_access()
    await quick.check()
    await slow.check()
    assert platform.faults.requests("POST */authorizations") == 2


@pytest.mark.parametrize("way", ["revoked", "no refresh token", "nobody signed in", "pasted"])
async def test_dead_credentials_ask_for_a_sign_in(way: str) -> None:
    platform = platform_of()
    bench = bench_of(platform) if way == "pasted" else application(platform)
    if way in {"revoked", "no refresh token"}:
        bench = await signed_in(platform)
    if way == "no refresh token":
        tokens = await saved(bench)
        await bench.tokens.save(Tokens(access=tokens.access, expires_at=bench.now - timedelta(days=1)))
    platform.sign_in.revoke()
    with pytest.raises(ConnectorAuthFailed):
        await bench.check()
    assert (await bench.run()).outcome is Outcome.FAILED
    assert bench.needs_sign_in


async def test_a_refused_code_and_a_pasted_token_have_no_sign_in() -> None:
    platform = platform_of()
    with pytest.raises(ConnectorAuthFailed):
        await (await application(platform).open()).complete_sign_in(code="made up", redirect_uri=BACK)
    with pytest.raises(ConnectorMisconfigured, match="pasted token"):
        await (await bench_of(platform).open()).sign_in_form(state="S", redirect_uri=BACK)


async def test_check_names_account_school_roles_streams_and_hosts_of_files() -> None:
    size = Size(classes=1, learners=2, subjects=1, lessons=8, subgroups=False)
    platform = platform_of(size, file_host="https://files.dnevnik.example")
    result = await bench_of(platform, homework_files=True, guardians=True).check()
    school, person = platform.world.schools[0], platform.administrator(0)
    assert result.identity.unique_id == f"{HOST}/{person.user}"
    assert result.identity.title == f"{person.given} {person.patronymic} {person.family}"
    assert result.identity.organisation == f"{school.name} ({school.id})"
    assert result.identity.roles == ("EduStaff", "EduSchoolAdministrator")
    assert result.file_hosts == ("files.dnevnik.example",)
    assert {each.state for each in result.streams} == {StreamState.OK}


@pytest.mark.parametrize(("prefix", "number"), [("/v2", 1), ("/v2.0", 1)])
async def test_both_prefixes_can_be_configured(prefix: str, number: int) -> None:
    platform = platform_of()
    await bench_of(platform, path_prefix=prefix).check()
    assert platform.faults.requests(f"GET {prefix}/users/me") == number


async def test_a_school_of_somebody_else_is_a_matter_of_the_configuration() -> None:
    platform = platform_of()
    other = str(platform.world.schools[1].id)
    with pytest.raises(ConnectorMisconfigured, match=other):
        await bench_of(platform, schools=[other]).check()


async def test_periods_may_come_from_either_spelling() -> None:
    for form, spelling in (("plural", "reporting-periods-group"), ("singular", "reporting-period-group")):
        platform = platform_of(period_group=form)
        bench = bench_of(platform, spellings={"periods": spelling})
        assert (await bench.run()).outcome is Outcome.COMPLETE
        assert platform.faults.requests(f"GET */{spelling}") == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v2/works"),
        ("POST", "/v2/lessons/1/log-entries"),
        ("POST", "/v2/persons/1/works/2/mark"),
        ("POST", "/v2/thematic-marks"),
        ("PUT", "/v2/lessons/1/log-entries"),
        ("DELETE", "/v2/lessons/1/log-entries"),
        ("POST", "/v2/files/async/upload"),
    ],
)
async def test_what_would_write_is_never_sent(method: str, path: str) -> None:
    platform = platform_of()
    connector = await bench_of(platform).open()
    with pytest.raises(ConnectorBug):
        await connector.connection.http.request(method, f"https://{HOST}{path}", judge=Reading(), json=[])
    assert platform.faults.requested == {}


def test_the_form_takes_white_label_addresses_and_refuses_what_is_none() -> None:
    base = configured(platform_of())
    settings = DnevnikSettings.model_validate({**base, "base_url": "https://API.school.example:8443/"})
    assert DnevnikConnector.hosts(settings).api == ("api.school.example:8443",)
    assert DnevnikSettings.model_validate({**base, "path_prefix": "/dnevnik/v1"}).path_prefix == "/dnevnik/v1"
    for wrong in (
        {"base_url": "api.school.example"},
        {"base_url": "https://api.school.example/v2"},
        {"path_prefix": "v2?x"},
        {"schools": ["№ 5"]},
        {"colour": "red"},
    ):
        with pytest.raises(ValidationError):
            DnevnikSettings.model_validate({**base, **wrong})
    assert isinstance(settings.sign_in.token, SecretStr)  # type: ignore[union-attr] # a pasted token
