"""`python -m usher`."""

from usher.cli import main

if __name__ == "__main__":
    main()
