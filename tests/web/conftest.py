"""Clients of small applications, without a network."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from tests.web.shelves import Client, Serve, build_app, client_of


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Builds clients of applications and closes them."""
    clients: list[Client] = []

    def build(app: FastAPI) -> Client:
        clients.append(client_of(app))
        return clients[-1]

    yield build
    for client in clients:
        await client.aclose()


@pytest.fixture
async def client(serve: Serve) -> Client:
    return serve(build_app())
