"""`python -m demo`: start a service in a temporary folder, play the main job on it, stop it."""

from demo.fresh_service import fresh_service
from demo.play import play


def main() -> None:
    """Play once, from an empty machine to the first diploma safely kept."""
    print("Starting a service of its own in a temporary folder …")
    with fresh_service() as service:
        print(f"It answers at {service.base} after {service.seconds_to_health:.1f} s")
        play(service)
    print("\nDone. The service is stopped, its folder is gone.")


if __name__ == "__main__":
    main()
