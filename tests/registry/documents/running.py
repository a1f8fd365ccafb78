"""The API in a process of its own, which can be killed and measured."""

import os
import re
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from storage.s3 import S3Vault
from tests.registry_house import House

ROOT = Path(__file__).parents[3]


def environment(house: House) -> dict[str, str]:
    """Settings of a process that works on the database, the store and the spool of `house`."""
    vault = house.services.vault
    assert isinstance(vault, S3Vault)
    address = vault.address
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "DELOTEKA_DATABASE__URL": house.service_url,
        "DELOTEKA_DATABASE__OWNER_URL": house.owner_url,
        "DELOTEKA_STORAGE__ENDPOINT": address.endpoint,
        "DELOTEKA_STORAGE__BUCKET": address.bucket,
        "DELOTEKA_STORAGE__ACCESS_KEY": address.access_key,
        "DELOTEKA_STORAGE__SECRET_KEY": address.secret_key,
        "DELOTEKA_SERVICE__DATA_FOLDER": str(house.services.settings.service.data_folder),
        "DELOTEKA_INTAKE__FREE_SPACE_RESERVE_BYTES": "0",
    }


class RunningApi:
    """Started on entering the block, killed on leaving it."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._process: subprocess.Popen[str]
        self.client: httpx.AsyncClient

    async def __aenter__(self) -> Self:
        # This process goes by the real clock.
        await self._house.owner.execute("UPDATE api_tokens SET expires_at = now() + interval '1 day'")
        self._process = subprocess.Popen(  # noqa: ASYNC220, S603 - our own script
            [sys.executable, str(Path(__file__).with_name("api_process.py"))],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment(self._house),
        )
        assert self._process.stdout is not None
        port = int(self._process.stdout.readline())
        self.client = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Authorization": f"Bearer {self._house.a.tokens['clerk']}"},
            timeout=120,
        )
        assert (await self.client.get("/api/v1/document-kinds")).status_code == 200
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        await self.client.aclose()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def memory(self) -> int:
        """Bytes of memory the process holds now; the peak is counted from here on."""
        Path(f"/proc/{self._process.pid}/clear_refs").write_text("5")
        return self._memory("VmRSS")

    def peak(self) -> int:
        """Bytes of memory the process held at most since `memory` was asked."""
        return self._memory("VmHWM")

    def _memory(self, name: str) -> int:
        found = re.search(rf"{name}:\s+(\d+) kB", Path(f"/proc/{self._process.pid}/status").read_text())
        assert found is not None
        return int(found[1]) * 1024
