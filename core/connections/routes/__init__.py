"""Addresses of connectors and connections."""

from core.connections.routes import connections, files, mappings, reaching, sign_in
from core.web.routing import Router

router = Router(prefix="/api/v1")
# Fixed addresses stand before those with an id in the same place.
for part in (sign_in, connections, reaching, files, mappings):
    router.include_router(part.router)
