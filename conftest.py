"""How the processes of pytest measure coverage; read before anything that is measured is imported."""

import slipcover.pytest_plugin  # type: ignore[import-untyped]

_NEVER = 2**31 - 1

if slipcover.pytest_plugin._slipcover_instance is not None:  # noqa: SLF001 - a process of xdist takes no settings
    # It would stop for a quarter of a second each time it takes met probes out; left in, they cost next to nothing.
    slipcover.pytest_plugin._slipcover_instance.d_miss_threshold = _NEVER  # noqa: SLF001
