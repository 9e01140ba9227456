"""How many examples a property gets: few in `make test`, many in `make fuzz`."""

from __future__ import annotations

import os

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "fuzz"


def bounded(examples: int) -> int:
    """A number of examples for every day, a hundred times as many when fuzzing."""
    return examples * 100 if LONG else examples
