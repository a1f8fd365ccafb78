"""Routes of access: session, tokens, users, institutions."""

from core.access.routes import institutions, session, tokens, users

ROUTERS = (session.router, tokens.router, users.router, institutions.router)
"""For the application factory."""
