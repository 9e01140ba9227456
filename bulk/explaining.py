"""The whole answer of `check` for a row, as JSON; rows that are alike share one."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa

from ..engine.bundle import Bundle
from ..engine.deciding import knowledge
from ..engine.item import decide_item
from ..engine.kernel import Kernel
from ..engine.library import Library
from ..rules.case import Stated
from ..rules.diagnostics import Place, Refused
from .columns import Columns
from .deciding import Columnar
from .planes import distinct


def explained(bundle: Bundle, columns: Columns, kernel: Columnar, library: Library) -> pa.Array:
    """For each case its `ItemDecision` with the tree of reasons, as `check --format json` writes it."""
    first, which = distinct(columns.words(), columns.count)
    texts = [_one(bundle, columns, kernel.one_by_one, library, case) for case in first.tolist()]
    return pa.DictionaryArray.from_arrays(
        pa.array(which.astype(np.int32)), pa.array(texts, pa.string())
    ).dictionary_decode()


def _one(bundle: Bundle, columns: Columns, engine: Kernel, library: Library, case: int) -> str:
    values, day = columns.row(case)
    stated = {p: Stated(value=v, place=Place("row")) for p, v in values.items()}
    known = knowledge(bundle, stated, day)
    evaluation = engine.evaluate(known.values, day)
    settled = bundle.settlements.settle(known.values, day, evaluation)
    receiver = None
    where = values.get("receiver.jurisdiction")
    if where in library.files:
        try:
            receiver = library.bundle(str(where))
        except Refused:
            receiver = None
    decision, warnings = decide_item("row", bundle, known, evaluation, settled, receiver)
    data = decision.model_dump(mode="json") | {"warnings": [w.model_dump(mode="json") for w in warnings]}
    return json.dumps(data, ensure_ascii=False)
