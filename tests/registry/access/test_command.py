"""`deloteka user`: accounts from the command line of the installation."""

import asyncio
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from core.cli import main
from core.kernel.ids import new_id
from tests.registry.access.house import House, code

PASSWORD = re.compile(r"shown this once: (\S+)")


class Command:
    """Runs `deloteka user …` on the database of the house."""

    def __init__(self, house: House, folder: Path) -> None:
        self.file = folder / "config.toml"
        self.file.write_text(f'[service]\ndata_folder = "{folder}"\n', encoding="utf-8")
        self.environment = {
            "DELOTEKA_DATABASE__URL": house.service_url,
            "DELOTEKA_DATABASE__OWNER_URL": house.service_url,
            "DELOTEKA_STORAGE__ENDPOINT": "http://127.0.0.1:1",
            "DELOTEKA_STORAGE__ACCESS_KEY": "key",
            "DELOTEKA_STORAGE__SECRET_KEY": "secret",
        }

    async def run(self, *arguments: str) -> Result:
        runner = CliRunner(env=self.environment)
        command = ["user", *arguments, "--config", str(self.file)]
        return await asyncio.to_thread(runner.invoke, main, command)

    async def password(self, *arguments: str) -> str:
        answer = await self.run(*arguments)
        assert answer.exit_code == 0, answer.output
        found = PASSWORD.search(answer.output)
        assert "It lets in until 20" in answer.output
        assert found, answer.output
        return found[1]


@pytest.fixture
def command(house: House, tmp_path: Path) -> Command:
    return Command(house, tmp_path)


async def test_an_account_is_made_and_signs_in_with_the_printed_password(house: House, command: Command) -> None:
    institution = str(house.first.institution_id)
    arguments = ("create", "petrova", "--institution", institution, "--role", "clerk", "--role", "head")
    password = await command.password(*arguments)
    answer = await house.browser().sign_in("petrova", password)
    assert answer.json()["institution"]["roles"] == ["clerk", "head"]
    again = await command.run(*arguments)
    assert again.exit_code == 1
    assert "taken" in again.output


async def test_an_operator_and_a_program_are_made_too(house: House, command: Command) -> None:
    institution = str(house.first.institution_id)
    make = ("create", "boss", "--institution", institution, "--role", "administrator", "--operator", "--name", "Шеф")
    boss = await house.browser().arrive("boss", await command.password(*make))
    assert (await boss.get("/api/v1/institutions")).status_code == 200
    answer = await command.run("create", "importer", "--institution", institution, "--role", "service_account")
    assert answer.exit_code == 0
    assert "password" not in answer.output.lower()


async def test_an_existing_account_serves_one_more_institution(house: House, command: Command) -> None:
    operator = await house.administrator()
    there, second = await house.second_institution(operator)
    user = await house.user(second, "ivanova", "clerk")
    here = str(house.first.institution_id)
    answer = await command.run("create", "ivanova", "--institution", here, "--role", "clerk", "--existing")
    assert answer.exit_code == 0, answer.output
    assert user["id"] in answer.output
    signed_in = await house.browser().sign_in("ivanova", user["one_time_password"], str(there))
    assert len(signed_in.json()["other_institutions"]) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("иванова", "--role", "clerk"), "Latin letters"),
        (("ivanova", "--role", "emperor"), "emperor"),
        (("ivanova", "--role", "clerk", "--name", "a\nb"), "one line"),
        (("ivanova", "--role", "clerk", "--existing", "--operator"), "leave out"),
        (("ivanova", "--role", "clerk", "--existing"), "found"),
        (("ivanova", "--role", "clerk", "--role", "administrator"), "together"),
    ],
)
async def test_what_cannot_be_is_refused_with_a_reason(
    house: House, command: Command, arguments: tuple[str, ...], said: str
) -> None:
    answer = await command.run("create", *arguments, "--institution", str(house.first.institution_id))
    assert answer.exit_code != 0
    assert said in answer.output
    assert "Traceback" not in answer.output


async def test_an_unknown_institution_is_refused(command: Command) -> None:
    answer = await command.run("create", "ivanova", "--institution", str(new_id()), "--role", "clerk")
    assert answer.exit_code == 1


async def test_a_token_comes_with_the_account_where_programs_are_to_be_let_in(house: House, command: Command) -> None:
    answer = await command.run("create", "importer", "--role", "clerk", "--token")
    assert answer.exit_code == 0, answer.output
    bearer = {"Authorization": f"Bearer {answer.output.strip()}"}
    seen = (await house.browser().post("/uploads", headers=bearer)).json()
    assert seen["credential"] == "token"
    assert answer.output.strip() not in await house.owner.fetchval(
        "SELECT string_agg(payload::text, '') FROM audit_payloads"
    )


async def test_the_institution_may_be_left_out_while_there_is_one(house: House, command: Command) -> None:
    assert (await command.run("create", "petrova", "--role", "clerk")).exit_code == 0
    await house.second_institution(await house.administrator())
    answer = await command.run("create", "sidorova", "--role", "clerk")
    assert answer.exit_code == 1
    assert "Name the institution" in answer.output


async def test_a_locked_out_administrator_gets_a_new_password(house: House, command: Command) -> None:
    admin = await house.administrator()
    password = await command.password("reset-password", "ADMIN")
    assert code(await admin.get("/api/v1/session")) == (401, "not_signed_in")
    assert (await house.browser().sign_in("admin", password)).status_code == 201
    assert (await command.run("reset-password", "nobody")).exit_code == 1


async def test_an_account_is_shut_out_everywhere_and_let_in_again(house: House, command: Command) -> None:
    admin = await house.administrator()
    clerk = await house.member(admin, "ivanova", "clerk")
    for _ in range(2):
        assert (await command.run("deactivate", "ivanova")).exit_code == 0
    assert code(await clerk.get("/contents")) == (401, "not_signed_in")
    assert code(await clerk.sign_in("ivanova", "верблюд считает синие звёзды")) == (401, "sign_in_failed")
    for _ in range(2):
        assert (await command.run("reactivate", "ivanova")).exit_code == 0
    assert (await clerk.sign_in("ivanova", "верблюд считает синие звёзды")).status_code == 201
    actions = await house.actions()
    assert actions.count("account.deactivated") == actions.count("account.reactivated") == 1


async def test_programs_have_no_password_to_reset(house: House, command: Command) -> None:
    await house.user(await house.administrator(), "importer", "service_account", kind="service")
    answer = await command.run("reset-password", "importer")
    assert answer.exit_code == 1
