"""All checks, in order of code."""

from __future__ import annotations

from . import claims, comments, names, obligations, reach, registries, relations, sources, suites, usage
from .check import Check

FAMILIES = (comments, names, sources, usage, reach, relations, obligations, claims, suites, registries)
CHECKS: dict[str, Check] = {
    c.code: c for c in sorted((c for module in FAMILIES for c in module.family.checks), key=lambda c: c.code)
}
