"""The examples on the checks' pages as whole files: what is wrong, and its clean twin."""

from __future__ import annotations

import re
from dataclasses import dataclass

import yaml

from mayshare.rules.pages import page

_BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"^# file: (\S+)\n")

# What an example leaves out, because it is not about it.
POLICY = {
    "policy": "policy: XA\n",
    "title": "title: Example\n",
    "encoded": "encoded: {as_of: 2026-01-01, status: unofficial}\n",
    "instruments": "instruments:\n  act: {title: Example Act, number: 12/2003}\n",
    "rules": (
        "rules:\n  - id: act-1\n    title: A prosecutor may send what it found\n    effect: permit\n"
        "    source: {instrument: act, article: 1}\n    when: {direction: outgoing, sender.authority: prosecutor}\n"
    ),
}


@dataclass(frozen=True)
class Sample:
    """A file to be linted."""

    name: str
    text: str


def samples(code: str) -> tuple[Sample, Sample]:
    """The violating and the clean example of a check, each made a whole file."""
    bad, clean = _BLOCK.findall(page(code) or "")
    return _whole(bad), _whole(clean)


def _whole(block: str) -> Sample:
    found = _FILE.match(block)
    keys = yaml.safe_load(block)
    if "suite" in keys or "registry" in keys:
        return Sample("suite.yaml" if "suite" in keys else "registry.yaml", block)
    head = "".join(text for key, text in POLICY.items() if key not in keys)
    return Sample(found.group(1) if found else "xa.yaml", head + block)
