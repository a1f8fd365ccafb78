"""A service of its own for a demonstration or a measurement: started on free ports, in a folder that goes again."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

_ADDRESS: Final = re.compile(r"^  API +(http://\S+)/api/v1$")
_LOGIN: Final = re.compile(r"^  login +(\S+)$")
_PASSWORD: Final = re.compile(r"^  password +(\S+)$")
_START_SECONDS: Final = 90.0
_STOP_SECONDS: Final = 60.0


class FreshService:
    """A running `deloteka serve`."""

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.base = ""
        """`http://127.0.0.1:PORT` once it runs."""
        self.login = ""
        self.password = ""
        """The one-time password of the administrator; empty after the first start."""
        self.lines: list[str] = []
        """What it printed."""
        self.seconds_to_health = 0.0
        self._environment = dict(environment or {})
        self._port = free_port()
        self._process: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int:
        """Process id of the supervisor."""
        return self._running().pid

    def start(self) -> None:
        """Start it and return when it answers; raise `RuntimeError` with its last lines if it does not."""
        self.base = self.login = self.password = ""
        environment = {
            **os.environ,
            "DELOTEKA_SERVICE__DATA_FOLDER": str(self.folder),
            "DELOTEKA_SERVICE__PORT": str(self._port),
            "DELOTEKA_LOG__LEVEL": "warning",
            **self._environment,
        }
        begun = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "core.cli", "serve"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        ready = threading.Event()
        threading.Thread(target=self._listen, args=(self._process, ready), daemon=True).start()
        if not ready.wait(_START_SECONDS):
            self.kill()
            message = "the service did not start:\n" + "\n".join(self.lines[-20:])
            raise RuntimeError(message)
        self.seconds_to_health = time.monotonic() - begun

    def _listen(self, process: "subprocess.Popen[str]", ready: threading.Event) -> None:
        output = process.stdout
        if output is None:
            return
        with output:
            self._read(output, ready)

    def _read(self, output: IO[str], ready: threading.Event) -> None:
        for line in output:
            text = line.rstrip("\n")
            self.lines.append(text)
            if found := _ADDRESS.match(text):
                self.base = found[1]
            elif found := _LOGIN.match(text):
                self.login = found[1]
            elif found := _PASSWORD.match(text):
                self.password = found[1]
            elif text == "Ctrl-C stops it.":
                ready.set()

    def stop(self) -> int:
        """Press Ctrl-C and return the exit code."""
        process = self._running()
        process.send_signal(signal.SIGINT)
        return process.wait(_STOP_SECONDS)

    def kill(self) -> None:
        """End the supervisor as a power cut would; its children end by themselves."""
        process = self._running()
        process.kill()
        process.wait(_STOP_SECONDS)

    def addresses(self) -> dict[str, str]:
        """Return the settings that lead to the embedded servers."""
        found: dict[str, str] = json.loads((self.folder / "addresses.json").read_text(encoding="utf-8"))
        return found

    def _running(self) -> "subprocess.Popen[str]":
        if self._process is None:
            message = "the service was not started"
            raise RuntimeError(message)
        return self._process


def free_port() -> int:
    """Return a TCP port on the loopback that nobody uses now."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port: int = door.getsockname()[1]
        return port


@contextmanager
def fresh_service(environment: Mapping[str, str] | None = None) -> Iterator[FreshService]:
    """Run a service in a temporary folder for the block."""
    folder = Path(tempfile.mkdtemp(prefix="deloteka-"))
    # PostgreSQL does not run as root: its own account must get in.
    folder.chmod(0o711)
    service = FreshService(folder / "data", environment)
    try:
        service.start()
        yield service
        service.stop()
    except BaseException:
        service.kill()
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
