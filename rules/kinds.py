"""Which kind of file a document is, and which command is for it: for whoever gave it to another."""

from __future__ import annotations

COMMAND_FOR = {
    "policy": "it is a policy: `mayshare lint FILE` looks at it, `mayshare test` runs the scenarios written for it",
    "suite": "it is a scenario suite: `mayshare test FILE` runs it",
    "registry": "it is a registry file: `mayshare lint FILE` looks at it",
    "case": "it is a case: `mayshare check FILE` decides it",
}


def is_another(data: object, wanted: str) -> str | None:
    """What a document is, and what is done with such a file, if its first words say that it is not of the kind wanted."""
    if not isinstance(data, dict) or wanted in data:
        return None
    return next((text for key, text in COMMAND_FOR.items() if key in data), None)
