"""Every provision that was read is modelled and tested, or has a reason why not; every rule cites one."""

from __future__ import annotations

import pytest

from mayshare.engine.lawmap import law_map
from mayshare.engine.library import Library, builtin_sources
from mayshare.rules.check_policy import read_policy
from mayshare.rules.digest import read_digest
from mayshare.rules.vocabulary.load import load_vocabulary

LIBRARY = Library()
VOCABULARY = load_vocabulary(LIBRARY.vocabulary_sources)


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


def test_the_parts_of_a_shared_digest_leave_nothing_out() -> None:
    heads = [read_policy(f.source, VOCABULARY).document for f in LIBRARY.files.values()]
    shared = {d.digest for d in heads if d.digest and d.digest_part}
    for digest in shared:
        law = {d.policy: law_map(LIBRARY, d.policy) for d in heads if d.digest == digest}
        seen = [f.provision.id for m in law.values() if m is not None for f in m.fates]
        (source,) = [s for s in builtin_sources("law") if s.name.endswith(f"/{digest}.yaml")]
        assert sorted(seen) == sorted(p.id for p in read_digest(source).provisions), digest
