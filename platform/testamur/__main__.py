"""``python -m testamur`` is the command ``testamur``."""

from testamur.interfaces.cli import main

if __name__ == "__main__":
    main()
