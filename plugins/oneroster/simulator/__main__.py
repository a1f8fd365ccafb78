"""Run the simulated system on this machine, or write a bundle: `python -m plugins.oneroster.simulator`."""

from pathlib import Path

import click
import uvicorn

from plugins.oneroster.simulator.application import TOKEN_PATH, SimulatedSystem
from plugins.oneroster.simulator.bundles import BundleForm, write_bundle
from plugins.oneroster.simulator.school import School


@click.command(help="A simulated school information system with an invented school, on this machine only.")
@click.option("--port", default=8602, show_default=True)
@click.option("--learners", default=50, show_default=True, type=click.IntRange(1, 900))
@click.option("--works", default=10, show_default=True, type=click.IntRange(1, 500), help="Works a course and class.")
@click.option("--bundle", type=click.Path(path_type=Path), help="Write this ZIP archive instead of answering.")
@click.option("--version", default="1.1", show_default=True, type=click.Choice(["1.1", "1.2", "1.2.1"]))
@click.option("--encoding", default="utf-8", show_default=True, help="Of the files of the bundle.")
def main(*, port: int, learners: int, works: int, bundle: Path | None, version: str, encoding: str) -> None:
    """Write the bundle; or print how to reach the server, and answer until interrupted."""
    school = School.small(learners=learners, works=works)
    results = len(list(school.entries("results")))
    if bundle is not None:
        write_bundle(bundle, school, BundleForm(version=version, encoding=encoding))
        click.echo(f"{bundle}: {learners} learners, {results} results")
        return
    system = SimulatedSystem(school)
    client = next(iter(system.clients))
    click.echo(f"address       http://127.0.0.1:{port}  ({results} results)")
    click.echo(f"token URL     http://127.0.0.1:{port}{TOKEN_PATH}")
    click.echo(f"client id     {client}")
    click.echo(f"client secret {system.clients[client].secret}")
    uvicorn.run(system.application, host="127.0.0.1", port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
