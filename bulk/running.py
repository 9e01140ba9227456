"""A batch from beginning to end: pieces of the input to parts on disk, parts to the output.

Every part appears whole or not at all (written beside, flushed, renamed), and so does the output. A run that was killed is
taken up where its parts end; a part is never computed twice into the output, for its number says which rows it holds.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from itertools import chain, islice
from multiprocessing import parent_process
from pathlib import Path
from threading import Thread
from typing import Any, TypeAlias, TypeVar

import pyarrow as pa

from ..engine.keeping import content_key
from ..engine.library import Library
from ..engine.version import VERSION
from ..rules.diagnostics import Diagnostic, Place, Refused
from ..rules.vocabulary.facts import Vocabulary
from .arrivals import Arrivals
from .assembling import assemble
from .mapping import RESERVED, ColumnMap, Layout, lay_out, read_mapping
from .orders import CHUNK, Order, Progress, Summary, part_path, write_part
from .sources import Piece, Rows, json_rows, open_rows
from .tables import Shop

T = TypeVar("T")
Read: TypeAlias = tuple[dict[str, Any], dict[int, str]]
"""The rows of a piece as columns, and what is wrong with those that could not be read at all."""


def run(order: Order, progress: Progress | None = None) -> Summary:
    """Run a batch, or take up one that was interrupted.

    Raises:
        Refused: what is wrong with input, mapping or policies; MS015 the output cannot be written; MS808 the folder of parts
            is of another run; MS809 another process is at it.
    """
    output = Path(order.output)
    _can_take(order, output)
    folder = output.with_name(output.name + ".parts")
    try:
        with _held(folder, order.restart):
            rows = open_rows(order.input, order.kind, order.table, folder)
            shop, manifest = prepare(order, rows)
            order, resumed = _taken_up(order, folder, manifest)
            shop.today = shop.encoder.today = date.fromisoformat(manifest["today"])
            arrivals = Arrivals()
            with ThreadPoolExecutor(1) as writer:
                written = writer.submit(assemble, order, rows, shop, folder, manifest, resumed, arrivals)
                _parts(order, rows, shop, folder, manifest, arrivals, written, progress)
                summary = written.result()
        _remove(folder)
        return summary
    except OSError as error:
        reason = (os.strerror(error.errno) if error.errno else str(error)).lower()
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        remedy = "make room, then run" if full else "choose another place; or make this one writable and run"
        help_ = f"{remedy} the same command again: it goes on where it stopped"
        raise Refused(
            [Diagnostic("MS015", f"`{order.output}` cannot be written: {reason}", Place(order.output), help_)]
        ) from None


def _can_take(order: Order, output: Path) -> None:
    """Refuse an output that would destroy what is read, or that cannot be a file, before anything is decided."""
    if output.is_dir():
        raise Refused([Diagnostic("MS015", f"`{output}` is a folder", Place(order.output), "name a file in it")])
    beside = [output.with_name(output.name + ending) for ending in ("", ".receipt.json", ".rejects.ndjson")]
    for read in (order.input, order.mapping):
        if read is not None and any(p.exists() and Path(read).exists() and p.samefile(read) for p in beside):
            message = f"`{output}` would be written over `{read}`, which is read"
            raise Refused([Diagnostic("MS015", message, Place(order.output), "choose another output")])


def prepare(order: Order, rows: Rows) -> tuple[Shop, dict[str, Any]]:
    """What decides the batches, and the manifest by which a resumed run is known."""
    library = Library(folders=order.folders, builtin=order.builtin)
    mapping, digest = read_mapping(order.mapping)
    vocabulary = _vocabulary(order, rows, library, mapping)
    if order.policy is not None:
        library.bundle(order.policy)
        mapping = mapping.model_copy(update={"constants": {"sender.jurisdiction": order.policy, **mapping.constants}})
    names = rows.columns if rows.kind != "ndjson" else [*vocabulary.facts, *mapping.columns, *RESERVED]
    if rows.kind == "ndjson":
        derived = {p for p, f in vocabulary.facts.items() if f.derived is not None}
        names = [n for n in dict.fromkeys(names) if n not in derived and n not in mapping.columns.values()]
    layout: Layout = lay_out(mapping, digest, names, vocabulary, rows.name)
    today = date.today()
    shop = Shop(library, layout, vocabulary, today, order.as_of, order.explain)
    sources = [f.source for f in library.files.values()]
    everything = content_key([*sources, *library.vocabulary_sources, *library.registry_sources])
    manifest = {
        "manifest": 1, "version": VERSION, "input": rows.fingerprint, "mapping": digest, "policies": everything,
        "policy": order.policy, "as_of": None if order.as_of is None else str(order.as_of), "explain": order.explain,
        "part_rows": order.part_rows, "today": str(today),
    }  # fmt: skip
    return shop, manifest


def _vocabulary(order: Order, rows: Rows, library: Library, mapping: ColumnMap) -> Vocabulary:
    """The shared facts, and the own facts of the policies that the input may speak of.

    A column tells by its name whose own fact it holds (`ch.…`, `item.ch.…`). Where one is known in none of those (a layer's
    own fact, or a misspelt one), and for JSON rows, which do not say beforehand what they state, it is all policies.
    """
    columns = [*rows.columns, *mapping.columns.values(), *mapping.constants]
    parts = {part for path in columns for part in path.split(".")}
    everyone = library.jurisdictions()
    named = [name for name in everyone if name == order.policy or name.lower() in parts]
    found = _extended(library, named)
    stated = {mapping.columns.get(column, column) for column in rows.columns if column not in mapping.ignore}
    known = [path in found or f"item.{path}" in found or path in RESERVED for path in (*stated, *mapping.constants)]
    return found if rows.kind != "ndjson" and all(known) else _extended(library, everyone)


def _extended(library: Library, names: list[str]) -> Vocabulary:
    """The shared facts with those of some policies."""
    vocabulary = library.vocabulary
    for name in names:
        own = library.bundle(name).vocabulary.facts
        vocabulary = vocabulary.extended([fact for path, fact in own.items() if path not in vocabulary])
    return vocabulary


@contextmanager
def _held(folder: Path, restart: bool) -> Iterator[None]:
    """The folder of parts, held against other processes for as long as this one lives."""
    import fcntl

    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = f"another process is writing to `{folder}`"
            raise Refused(
                [Diagnostic("MS809", message, Place(str(folder)), "wait for it, or choose another output")]
            ) from None
        if restart:
            for path in folder.iterdir():
                if path.name != "lock":
                    _gone(path)
        try:
            yield
        except Refused:
            if not any(folder.glob("part-*")):
                _remove(folder)  # nothing was decided yet that could be taken up
            raise


def _taken_up(order: Order, folder: Path, manifest: dict[str, Any]) -> tuple[Order, int]:
    """Hold the manifest against the one in the folder, or write it; gives how many parts are there already."""
    path = folder / "manifest.json"
    if not path.exists():
        _write(path, json.dumps(manifest, indent=2).encode())
        return order, 0
    before = json.loads(path.read_text("utf-8"))
    names = {"input": "the input", "policies": "the policies", "mapping": "the mapping", "version": "this program"}
    changed = [names.get(k, f"`{k}`") for k in manifest if k != "today" and before.get(k) != manifest[k]]
    if changed:
        message = f"a run was interrupted here, and since then {' and '.join(changed)} changed"
        help_ = (
            "add `--restart` to begin anew, or choose another output: one answer is never put together from two laws"
        )
        raise Refused([Diagnostic("MS808", message, Place(str(folder)), help_)])
    manifest["today"] = before["today"]
    return order, len(list(folder.glob("part-*.arrow")))


def _parts(
    order: Order, rows: Rows, shop: Shop, folder: Path, manifest: dict[str, Any], arrivals: Arrivals,
    written: Future[Summary], progress: Progress | None,
) -> None:  # fmt: skip
    """Compute the parts that are not there yet, and say of each when it stands; stop when they cannot be `written`."""
    done = 0
    whole = False

    def stands(piece: Piece) -> None:
        nonlocal done
        arrivals.add(piece.number)
        if written.done():
            written.result()
        done += piece.count
        if progress is not None:
            progress(done, rows.total)

    def missing() -> Iterator[Piece]:
        for piece in rows.pieces(order.part_rows):
            if part_path(folder, piece.number).exists():
                stands(piece)
            else:
                yield piece

    try:
        one = order.jobs == 1
        for piece in _each(shop, missing(), folder) if one else _by_workers(order, missing(), folder, manifest, rows):
            stands(piece)
        whole = True
    finally:
        arrivals.end(whole=whole)


def _by_workers(
    order: Order, waiting: Iterator[Piece], folder: Path, manifest: dict[str, Any], rows: Rows
) -> Iterator[Piece]:
    """A few runs of pieces at a time to each worker: memory stays at about three pieces a worker."""
    from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import active_children, get_context

    small = Rows(rows.name, rows.kind, rows.path, rows.columns, rows.fingerprint, rows.total)
    try:
        with ProcessPoolExecutor(
            order.jobs, get_context("spawn"), _begin, (order, small, manifest, str(folder))
        ) as pool:
            running: set[Future[list[Piece]]] = set()
            try:
                for run in _runs(waiting, rows.run_length(order.part_rows, order.jobs)):
                    running.add(pool.submit(_work, run))
                    if len(running) >= 2 * order.jobs:
                        finished, running = wait(running, return_when=FIRST_COMPLETED)
                        yield from chain.from_iterable(future.result() for future in finished)
                while running:
                    finished, running = wait(running, return_when=FIRST_COMPLETED)
                    yield from chain.from_iterable(future.result() for future in finished)
            except BaseException:
                for child in active_children():
                    child.terminate()  # parts are written whole or not at all, so nothing is waited for
                pool.shutdown(cancel_futures=True)
                raise
    except BrokenProcessPool:
        help_ = "run the same command again: it goes on where it stopped; with fewer `--jobs` if memory was short"
        raise Refused([Diagnostic("MS810", "a worker was killed", Place(order.output), help_)]) from None


def _runs(pieces: Iterator[Piece], length: int) -> Iterator[list[Piece]]:
    """So many pieces at a time."""
    while run := list(islice(pieces, length)):
        yield run


_worker: dict[str, Any] = {}


def _begin(order: Order, rows: Rows, manifest: dict[str, Any], folder: str) -> None:
    """Make a worker ready: it reads the policies itself, and refuses to work on others than the run began with.

    An interrupt from the keyboard reaches it too, and is left to the process that began it, with which it ends.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    pa.set_cpu_count(1)
    shop, own = prepare(order, rows)
    shop.today = shop.encoder.today = date.fromisoformat(manifest["today"])
    _worker.update(shop=shop, folder=Path(folder), same=own["policies"] == manifest["policies"])


def _end_with_parent() -> None:
    """Wait until the process that began this one is gone, by a kill or otherwise; a worker would wait for work for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(run: list[Piece]) -> list[Piece]:
    """Compute a run of pieces; gives what they were, without their rows."""
    if not _worker["same"]:
        message = "the policies were changed while the run began"
        raise Refused([Diagnostic("MS808", message, Place("policies"), "run again with `--restart`")])
    done = _each(_worker["shop"], iter(run), _worker["folder"])
    return [Piece(piece.number, piece.first, piece.count) for piece in done]


def _each(shop: Shop, pieces: Iterator[Piece], folder: Path) -> Iterator[Piece]:
    """Compute pieces; while one is decided, the next is read."""
    with ThreadPoolExecutor(1) as reader:
        for piece, read in _one_ahead((piece, reader.submit(_read, shop, piece)) for piece in pieces):
            yield _store(piece, folder, *_decide(shop, piece, read.result()))


def _one_ahead(items: Iterable[T]) -> Iterator[T]:
    """Each item once the next has been begun."""
    waiting: list[T] = []
    for item in items:
        waiting.append(item)
        if len(waiting) == 2:
            yield waiting.pop(0)
    yield from waiting


def _decide(shop: Shop, piece: Piece, read: Read) -> tuple[pa.Table, list[dict[str, Any]]]:
    """The decisions on a piece, and the rows rejected."""
    decided: list[pa.Table] = []
    rejected: list[dict[str, Any]] = []
    data, wrong = read
    chunk = CHUNK if shop.explain != "full" else CHUNK // 8
    for start in range(0, piece.count, chunk):
        count = min(chunk, piece.count - start)
        part = {name: column[start : start + count] for name, column in data.items()}
        table, faults = shop.decide(part, count, piece.first + start, {r - start: w for r, w in wrong.items()})
        decided.append(table)
        rejected += faults
    return pa.concat_tables(decided).unify_dictionaries(), rejected


def _store(piece: Piece, folder: Path, decided: pa.Table, rejected: list[dict[str, Any]]) -> Piece:
    """Write the part of a piece; the rejects go first, so that a part that stands has them."""
    if rejected:
        lines = "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in rejected)
        _write(folder / f"part-{piece.number:08d}.rejects", lines.encode())
    target = part_path(folder, piece.number)
    partial = target.with_suffix(f".{os.getpid()}.partial")
    write_part(decided, partial)
    _settle_on_disk(partial, target)
    return piece


def _read(shop: Shop, piece: Piece) -> Read:
    if piece.lines is not None:
        return json_rows(piece.lines)
    wanted = [*shop.layout.facts, *(c for c in (shop.layout.case, shop.layout.item, shop.layout.day) if c is not None)]
    try:
        return piece.read(wanted), piece.wrong
    except (pa.ArrowInvalid, OSError, EOFError) as error:
        name = piece.file or ""
        reason = str(error).splitlines()[0][:300] if str(error) else type(error).__name__
        raise Refused(
            [Diagnostic("MS805", f"`{name}` cannot be read: {reason}", Place(name), "is it whole?")]
        ) from None


def _write(path: Path, data: bytes) -> None:
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    partial.write_bytes(data)
    _settle_on_disk(partial, path)


def _settle_on_disk(partial: Path, target: Path) -> None:
    """Flush a file to the disk, then give it its name."""
    with partial.open("rb") as stream:
        os.fsync(stream.fileno())
    os.replace(partial, target)


def _remove(folder: Path) -> None:
    for path in folder.iterdir():
        _gone(path)
    folder.rmdir()


def _gone(path: Path) -> None:
    """Remove a file, or a folder: what a killed run left of its sorting is one."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
