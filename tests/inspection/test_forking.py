"""The hooks of a fork are left out only where nobody needs them."""

import subprocess
import sys

import pytest

ALONE = ""
WITH_A_HOOK = "os.register_at_fork(after_in_child=lambda: None)"
WITH_A_THREAD = "threading.Thread(target=threading.Event().wait, daemon=True).start()"
PROGRAM = """
import os, random, threading
from core.kernel.sandbox.forking import settle_memory
{change}
fork = settle_memory()
child = fork()
if child == 0:
    print("child", flush=True)
    os._exit(7)
print(fork is os.fork, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.parametrize(("change", "with_hooks"), [(ALONE, False), (WITH_A_HOOK, True), (WITH_A_THREAD, True)])
def test_a_fork_goes_without_hooks_only_where_nobody_needs_them(change: str, *, with_hooks: bool) -> None:
    command = [sys.executable, "-I", "-c", PROGRAM.format(change=change)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()  # noqa: S603
    assert told == ["child", str(with_hooks), "7"]
