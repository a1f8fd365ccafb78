"""The composition root: settings in, running parts out. The only place that wires, and that knows the clock.

Each process imports the room it needs: a worker has no routes, a command no web framework.
"""
