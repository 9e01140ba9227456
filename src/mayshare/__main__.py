"""`python -m mayshare` is the command `mayshare`."""

from .cli import app

if __name__ == "__main__":
    app(prog_name="mayshare")
