"""Arrow in, Arrow out: a batch of rows to a batch of decisions, and the rows that could not be decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..engine.bundle import Bundle, in_force_on
from ..engine.library import Library
from ..rules.diagnostics import Place, Refused
from ..rules.vocabulary.facts import Vocabulary
from .columns import Columns
from .deciding import OUTCOMES, Answers, Columnar, Lists
from .encode import Encoded, Encoder, Fault
from .mapping import Layout
from .repeats import Repeats

SENDER = "sender.jurisdiction"
NAMES = pa.dictionary(pa.int32(), pa.string())
REASONS = ("rules", "outstanding", "contingent", "missing")


@dataclass
class Shop:
    """Decides batches: the policies, the layout of the input, and what is remembered from batch to batch.

    `explain` is `none` (outcomes), `rules` (with what they rest on) or `full` (with the whole answer of `check` for the row).
    """

    library: Library
    layout: Layout
    vocabulary: Vocabulary
    today: date
    as_of: date | None = None
    explain: str = "rules"
    _kernels: dict[str, Columnar | Refused] = field(default_factory=dict)
    _bundles: dict[str, Bundle] = field(default_factory=dict)
    _repeats: dict[str, Repeats] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.encoder = Encoder(self.layout, self.vocabulary, self.today, self.as_of)

    def decide(
        self, table: Mapping[str, Any], count: int, first: int, wrong: Mapping[int, str] | None = None
    ) -> tuple[pa.Table, list[dict[str, Any]]]:
        """Decisions on `count` rows, of which the first is row number `first`; and the rows rejected, each with its faults.

        `wrong` are rows that could not be read at all, with the reason.
        """
        encoded = self.encoder.encode(table, count)
        for row, reason in (wrong or {}).items():
            if 0 <= row < count:
                encoded.faults[row] = [Fault("", "MS807", reason)]
        parts: list[tuple[Any, pa.Table]] = []
        for code, where in self._by_sender(encoded):
            parts.append(self._group(code, where, encoded, first))
        if len(parts) == 1:
            result = parts[0][1]
        elif parts:
            order = np.argsort(np.concatenate([where for where, _ in parts]), kind="stable")
            result = pa.concat_tables([part for _, part in parts]).take(pa.array(order)).combine_chunks()
        else:
            result = self._table(np.zeros(0, np.int64), encoded, None, first, "")
        return result, self._rejects(encoded, first)

    # -- groups -----------------------------------------------------------------------------------------------

    def _by_sender(self, encoded: Encoded) -> list[tuple[str, Any]]:
        """The rows of each sender whose law can be applied; all others are given a fault."""
        column = encoded.facts.get(SENDER)
        if column is None:
            everyone = np.arange(encoded.count)
            self._fault(encoded, everyone, SENDER, "MS301", f"`{SENDER}` is missing: it decides whose law applies")
            return []
        groups = []
        for code in np.flatnonzero(np.bincount(column.codes, minlength=1)).tolist():
            name = column.values[code]
            where = np.flatnonzero(column.codes == code)
            if name is None:
                where = np.array([r for r in where.tolist() if r not in encoded.faults], np.int64)
                self._fault(encoded, where, SENDER, "MS301", f"`{SENDER}` is missing: it decides whose law applies")
                continue
            kernel = self.kernel(name)
            if isinstance(kernel, Refused):
                self._fault(encoded, where, SENDER, kernel.diagnostics[0].code, kernel.diagnostics[0].message)
                continue
            where = self._in_force(name, where, encoded)
            self._foreign(name, where, encoded)
            if encoded.faults:
                good = np.ones(encoded.count, np.bool_)
                good[list(encoded.faults)] = False
                where = where[good[where]]
            if len(where):
                groups.append((name, where))
        return groups

    def kernel(self, name: str) -> Columnar | Refused:
        """The kernel of a sender's law, or why there is none."""
        if name not in self._kernels:
            try:
                bundle = self._bundles[name] = self.library.bundle(name)
                self._kernels[name] = Columnar(bundle.program, bundle.domain)
            except Refused as refused:
                if refused.diagnostics[0].code != "MS302":
                    raise
                self._kernels[name] = refused
        return self._kernels[name]

    def _in_force(self, name: str, where: Any, encoded: Encoded) -> Any:
        """The rows on whose day the policy is in force."""
        fits = []
        for day in encoded.day.values:
            try:
                if day is not None:
                    in_force_on(self._bundles[name], day, Place(""))
                fits.append(True)
            except Refused as refused:
                fits.append(False)
                wrong = where[encoded.day.codes[where] == len(fits) - 1]
                self._fault(encoded, wrong, "as_of", "MS303", refused.diagnostics[0].message)
        return where if all(fits) else where[np.array(fits)[encoded.day.codes[where]]]

    def _foreign(self, name: str, where: Any, encoded: Encoded) -> None:
        """Facts that neither the sender's nor the receiver's policy knows may not be stated."""
        own = self._bundles[name].vocabulary
        for path, column in encoded.facts.items():
            if path in own:
                continue
            stated = where[column.codes[where] != 0]
            for row in stated.tolist():
                receiver = encoded.facts.get("receiver.jurisdiction")
                theirs = None if receiver is None else receiver.values[receiver.codes[row]]
                kernel = None if theirs is None else self.kernel(theirs)
                if theirs is None or not isinstance(kernel, Columnar) or path not in self._bundles[theirs].vocabulary:
                    encoded.faults.setdefault(row, []).append(
                        Fault(path, "MS101", f"unknown fact `{path}` for a sender in {name}")
                    )

    @staticmethod
    def _fault(encoded: Encoded, rows: Any, column: str, code: str, message: str) -> None:
        for row in rows.tolist():
            encoded.faults.setdefault(row, []).append(Fault(column, code, message))

    def _group(self, name: str, where: Any, encoded: Encoded, first: int) -> tuple[Any, pa.Table]:
        kernel = self.kernel(name)
        assert isinstance(kernel, Columnar)
        used = {p: c for p, c in encoded.facts.items() if p in self._bundles[name].vocabulary}
        columns = Columns(used, encoded.day, encoded.count)
        if len(where) != encoded.count:
            columns = columns.take(where)
        answers = self._decided(kernel, columns)
        table = self._table(where, encoded, answers, first, name)
        if self.explain == "full":
            from .explaining import explained

            table = table.append_column("answer", explained(self._bundles[name], columns, kernel, self.library))
        return where, table

    def _decided(self, kernel: Columnar, columns: Columns) -> Answers:
        """The answers; where cases repeat, each kind of case is decided once."""
        name = kernel.program.policy
        if name not in self._repeats:
            self._repeats[name] = Repeats(partial(kernel.decide, reasons=self.explain != "none"))
        return self._repeats[name].answers(columns)

    # -- out --------------------------------------------------------------------------------------------------

    def _table(self, where: Any, encoded: Encoded, answers: Answers | None, first: int, name: str) -> pa.Table:
        columns: dict[str, pa.Array] = {"row": pa.array(where + first, pa.int64())}
        for key, data in (("case", encoded.case), ("item", encoded.item)):
            if getattr(self.layout, key) is not None:
                columns[key] = _named(data, where)
        count = len(where)
        policy = pa.array(np.zeros(count, np.int32))
        columns["policy"] = pa.DictionaryArray.from_arrays(policy, pa.array([name], pa.string()))
        outcome = answers.outcome.astype(np.int32) if answers else np.zeros(0, np.int32)
        columns["outcome"] = pa.DictionaryArray.from_arrays(pa.array(outcome), pa.array(OUTCOMES))
        columns["not_covered"] = pa.array(answers.not_covered if answers else [], pa.bool_())
        columns["exact"] = pa.array(answers.exact if answers else [], pa.bool_())
        if self.explain != "none":
            for key in REASONS:
                columns[key] = _listed(getattr(answers, key) if answers else None)
        if self.explain == "full" and answers is None:
            columns["answer"] = pa.array([], pa.string())
        return pa.table(columns).unify_dictionaries()

    def _rejects(self, encoded: Encoded, first: int) -> list[dict[str, Any]]:
        found = []
        for row in sorted(encoded.faults):
            entry: dict[str, Any] = {"row": row + first}
            if encoded.case is not None:
                entry["case"] = _named(encoded.case, np.array([row]))[0].as_py()
            entry["errors"] = [
                {"column": f.column, "code": f.code, "message": f.message} | ({"help": f.help} if f.help else {})
                for f in encoded.faults[row]
            ]
            found.append(entry)
        return found


def _named(data: Any, where: Any) -> pa.Array:
    """The names of cases or items, as text."""
    if data is None:
        return pa.nulls(len(where), pa.string())
    if isinstance(data, list):
        return pa.array([None if data[i] in (None, "") else str(data[i]) for i in where.tolist()], pa.string())
    array = data.combine_chunks() if isinstance(data, pa.ChunkedArray) else data
    array = pa.concat_arrays(array.chunks) if isinstance(array, pa.ChunkedArray) else array
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if len(where) != len(array):
        array = array.take(pa.array(where))
    if pa.types.is_binary(array.type):
        return pa.array([v.decode("utf-8", "replace") if v else None for v in array.to_pylist()], pa.string())
    names = array.cast(pa.string())
    return pc.if_else(pc.equal(names, ""), None, names)  # an empty cell is no name


def _listed(lists: Lists | None) -> pa.Array:
    if lists is None or len(lists.names) == 0:
        count = 0 if lists is None else len(lists.offsets) - 1
        empty = pa.DictionaryArray.from_arrays(pa.array([], pa.int32()), pa.array([], pa.string()))
        return pa.ListArray.from_arrays(pa.array(np.zeros(count + 1, np.int32)), empty)
    names = pa.DictionaryArray.from_arrays(
        pa.array(lists.positions.astype(np.int32)), pa.array(list(lists.names), pa.string())
    )
    return pa.ListArray.from_arrays(pa.array(lists.offsets), names)
