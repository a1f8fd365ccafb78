"""Addresses of snapshots of study periods."""

from core.period_exports.routes import contents, exports, settings
from core.web.routing import Router

router = Router(prefix="/api/v1")
# `due` and `settings` are names that no identifier has; they are looked for before it.
for part in (settings, exports, contents):
    router.include_router(part.router)
