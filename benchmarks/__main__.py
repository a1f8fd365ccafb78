"""`python -m benchmarks [NAME…]`: every measurement, one after the other, or those named."""

import subprocess
import sys

MEASUREMENTS = (
    "uploads",
    "large_file",
    "inspection",
    "lists_and_search",
    "results_list",
    "warm_start",
    "audit_trail",
    "storage_rates",
    "verdicts",
    "due_selection",
    "act_steps",
    "execution",
    "period_exports",
    "imports",
    "imports_dnevnik",
)


def main() -> None:
    """Run each in a process of its own, so that none disturbs the next."""
    for name in sys.argv[1:] or MEASUREMENTS:
        print(f"== {name}", flush=True)
        subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=True)  # noqa: S603 - our own modules


if __name__ == "__main__":
    main()
