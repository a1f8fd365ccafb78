"""lint-imports as a process that has imported it already: each order on its standard input is carried out in a fork.

An order is a line of JSON with the folder, the arguments and where the output goes; the exit status is the answer.
"""

import json
import os
import sys

from importlinter.cli import lint_imports_command


def carry_out(folder: str, arguments: list[str], output: str) -> int:
    written = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(written, 1)
    os.dup2(written, 2)
    os.chdir(folder)
    sys.path[0] = folder
    try:
        lint_imports_command(arguments)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def main() -> None:
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            status = 70
            try:
                status = carry_out(**json.loads(line))
            finally:
                os._exit(status)
        _, waited = os.waitpid(pid, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(waited)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
