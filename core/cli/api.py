"""`deloteka api`: one process that answers requests; `deloteka serve` starts as many as the settings say."""

import os
import socket
from pathlib import Path

import click

from core.cli.installation import CONFIG_OPTION, Installation


@click.command("api")
@CONFIG_OPTION
@click.option("--descriptor", type=int, help="Number of a listening socket that the starter opened.")
def api(path: Path | None, descriptor: int | None) -> None:
    """Answer requests in this process, with a database and a storage that run already."""
    import uvicorn

    from core.bootstrap.web import application
    from core.kernel.logs import configure_logs
    from core.web.connections import ImpatientProtocol

    settings = Installation.of(path).reachable()
    configure_logs(settings.log)
    config = uvicorn.Config(
        application(settings),
        host=settings.service.host,
        port=settings.service.port,
        loop="uvloop",
        http=ImpatientProtocol,
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        timeout_graceful_shutdown=15,
        timeout_keep_alive=30,
        h11_max_incomplete_event_size=64 * 1024,
    )
    sockets = None if descriptor is None else [socket.socket(fileno=os.dup(descriptor))]
    uvicorn.Server(config).run(sockets=sockets)
