"""`python -m core.cli` is `deloteka`."""

from core.cli import main

if __name__ == "__main__":
    main()
