"""Run a simulated Moodle on this machine: `python -m plugins.moodle.simulator --port 8081`."""

import argparse
import sys
import time
from datetime import UTC, datetime, timedelta

import uvicorn

from plugins.moodle.simulator import EPOCH, FUNCTIONS, TOKEN, Size, generate, simulator


def main() -> None:
    """Read the arguments and answer until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m plugins.moodle.simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--path", default="/moodle", help="path of the site below the address")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--learners", type=int, default=124)
    parser.add_argument("--courses", type=int, default=6)
    given = parser.parse_args()
    url = f"http://127.0.0.1:{given.port}{given.path}"
    size = Size(learners=given.learners, courses=given.courses, badges=10, certificates=30)
    site = generate(url, set(FUNCTIONS), seed=given.seed, size=size)
    began = time.monotonic()

    def clock() -> datetime:
        """The site lives in its own time, which begins when its data end."""
        return datetime.fromtimestamp(EPOCH, UTC) + timedelta(seconds=time.monotonic() - began)

    sys.stdout.write(f"site  {url}\ntoken {TOKEN}\n")
    sys.stdout.flush()
    uvicorn.run(simulator(site, clock).app, host="127.0.0.1", port=given.port, log_level="warning")


if __name__ == "__main__":
    main()
