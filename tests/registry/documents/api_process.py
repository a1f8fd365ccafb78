"""One API process on a port of its own: settings come from the environment, the port goes to the output."""

import os
import socket
import sys

import uvicorn

from core.bootstrap.web import application
from core.kernel.settings_loading import load_settings


def main() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(application(load_settings(None, os.environ)), log_level="warning", http="httptools")
        sys.stdout.write(f"{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
