"""Columns of Arrow, whatever piece of whatever array they are, are coded as the same values in a list."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayshare.bulk.encode import Encoder
from mayshare.bulk.mapping import ColumnMap, lay_out
from mayshare.engine.library import Library

COLUMNS: dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
    "item.exculpatory": (pa.bool_(), st.booleans()),
    "mode": (pa.string(), st.sampled_from(["spontaneous", "on_request"])),
    "sender.jurisdiction": (pa.string(), st.sampled_from(["CH", "LI", "BR"])),
}
FACTS = list(COLUMNS)


def encoder() -> Encoder:
    """A coder of the columns above."""
    vocabulary = Library().vocabulary
    return Encoder(lay_out(ColumnMap(), "", FACTS, vocabulary, "rows"), vocabulary, date(2026, 1, 1), None)


def forms(kind: pa.DataType) -> list[pa.DataType]:
    """The types in which a column may come."""
    signed = [pa.dictionary(index, kind) for index in (pa.int8(), pa.uint8(), pa.int32(), pa.uint32())]
    return [kind] if kind == pa.bool_() else [kind, pa.large_string(), *signed]


@pytest.mark.parametrize("name", FACTS)
@given(data=st.data())
def test_arrow_is_read_as_a_list_is(name: str, data: st.DataObject) -> None:
    kind, values = COLUMNS[name]
    stated = data.draw(st.lists(st.none() | values, min_size=1, max_size=40))
    start = data.draw(st.integers(0, len(stated)))
    array = pa.array(stated, kind).cast(data.draw(st.sampled_from(forms(kind))))[start:]
    cut = data.draw(st.integers(0, len(array)))
    column = data.draw(st.sampled_from([array, pa.chunked_array([array[:cut], array[cut:]])]))
    found = encoder().encode({name: column}, len(array)).facts[name]
    assert [found.values[code] for code in found.codes.tolist()] == stated[start:]
