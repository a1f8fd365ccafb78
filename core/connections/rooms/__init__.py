"""Rooms: each open connector works in a thread with an event loop of its own, and can block nothing but itself."""
