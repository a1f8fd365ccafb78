"""Promise: from a warm start to healthy within 5 s, median of ten.

Run: python -m benchmarks.warm_start [--rounds 10]
"""

import argparse
import statistics

from demo.fresh_service import fresh_service


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    seconds = []
    with fresh_service() as service:
        for _ in range(parser.parse_args().rounds):
            service.stop()
            service.start()
            seconds.append(service.seconds_to_health)
    shown = ", ".join(f"{each:.1f}" for each in seconds)
    print(f"  {shown}")
    print(f"warm start to healthy: median {statistics.median(seconds):.1f} s (promised 5)")


if __name__ == "__main__":
    main()
