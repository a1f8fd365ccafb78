"""A simulated Dnevnik.ru: invented schools behind the platform's API, for tests, benchmarks and trials by hand.

    platform = Platform(now=datetime(2026, 3, 1, 12), size=Size.of_marks(100_000))
    app = simulate(platform)  # an ASGI application
    token = platform.sign_in.token()
    platform.faults.on(LimitReached(times=2))
    platform.forms.final_marks = "bundle"

Shapes and enumerations follow published client libraries of the platform; nothing was seen on the live service.
"""

from plugins.dnevnik.simulator.application import simulate
from plugins.dnevnik.simulator.forms import Forms
from plugins.dnevnik.simulator.platform import Platform
from plugins.dnevnik.simulator.world import Size

__all__ = ["Forms", "Platform", "Size", "simulate"]
