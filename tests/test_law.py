"""Every provision that was read is modelled and tested, or has a reason why not; every rule cites one."""

from __future__ import annotations

import pytest

from mayshare.engine.lawmap import law_map
from mayshare.engine.library import Library

LIBRARY = Library()


@pytest.mark.parametrize("name", sorted(LIBRARY.files))
def test_every_provision_has_its_fate(name: str) -> None:
    law = law_map(LIBRARY, name)
    assert law is not None
    assert list(law.unknown) == [], "cited, but not in the digest"
    assert list(law.uncited) == [], "rules that cite no provision"
    both = [f.provision.id for f in law.fates if f.rules and f.reason]
    neither = [f.provision.id for f in law.fates if not f.rules and not f.reason]
    assert both == [], "modelled, and yet with a reason why not"
    assert neither == [], "neither modelled nor with a reason why not"
    tested = [f.provision.id for f in law.fates if any(not r.startswith(("honours.", "definitions.")) for r in f.rules)]
    untested = [f.provision.id for f in law.fates if f.provision.id in tested and not f.scenarios]
    assert untested == [], "modelled without a scenario"
