"""Run the simulated platform on this machine: `python -m plugins.dnevnik.simulator`."""

from datetime import datetime

import click
import uvicorn

from plugins.dnevnik.simulator.application import simulate
from plugins.dnevnik.simulator.platform import Platform
from plugins.dnevnik.simulator.world import Size


@click.command(help="A simulated Dnevnik.ru with invented schools, on this machine only.")
@click.option("--port", default=8601, show_default=True)
@click.option("--marks", default=100_000, show_default=True, help="Marks of a whole year in the first school.")
@click.option("--learners", default=1_000, show_default=True, help="Learners of the first school.")
@click.option("--seed", default=1, show_default=True)
@click.option("--now", default="2026-06-15", show_default=True, type=click.DateTime(), help="What day it is there.")
def main(*, port: int, marks: int, learners: int, seed: int, now: datetime) -> None:
    """Print how to reach it, and answer until interrupted."""
    platform = Platform(seed=seed, size=Size.of_marks(marks, learners=learners), now=now)
    platform.address = f"http://127.0.0.1:{port}"
    school = platform.world.schools[0]
    click.echo(f"base URL      {platform.address}")
    click.echo(f"login URL     {platform.address}/oauth2")
    click.echo(f"school        {school.id}  {school.name}")
    click.echo(f"token         {platform.sign_in.token()}")
    click.echo(f"client id     {platform.sign_in.client_id}")
    click.echo(f"client secret {platform.sign_in.client_secret}")
    uvicorn.run(simulate(platform), host="127.0.0.1", port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
