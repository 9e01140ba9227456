"""How soon an editor is told, keystroke by keystroke, on the largest policy: as ratios to reading its text once.

    python benchmarks/bench_editor.py [KEYSTROKES]

The real server is started and typed at. "Told at once" is from sending a keystroke to the diagnostics of exactly that text;
the wait that gathers keystrokes which come together is part of it.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from lsprotocol import types

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from mayshare.rules.source import Source, read_document
from tests.editor import Editor, editing

ROOT = Path(__file__).resolve().parent.parent
POLICIES = ROOT / "jurisdictions"
LIMIT = 100.0


async def timed(work: Callable[[], Awaitable[object]]) -> float:
    """Milliseconds that something took."""
    start = time.perf_counter()
    await work()
    return (time.perf_counter() - start) * 1000


async def keystrokes(editor: Editor, name: str, place: str, count: int) -> list[float]:
    """Milliseconds from each of several keystrokes, one after the other, to the findings in that very text."""
    took = []
    for number in range(count):
        old, new = (place, f"{place}x") if number % 2 == 0 else (f"{place}x", place)
        editor.write(name, old, new)
        took.append(await timed(lambda: editor.diagnostics(name)))
    return took


def main(count: int) -> None:
    """Print the table."""
    largest = max(POLICIES.glob("*.yaml"), key=lambda p: p.stat().st_size)
    name = largest.name
    text = largest.read_text("utf-8")
    reading = []
    for _ in range(5):
        start = time.perf_counter()
        read_document(Source(name, text))
        reading.append((time.perf_counter() - start) * 1000)
    base = min(reading)
    rows: list[tuple[str, list[float]]] = [("read its text", reading)]

    async def work(editor: Editor) -> None:
        editor.open(name)
        rows.append(("opened: told at once", [await timed(lambda: editor.diagnostics(name))]))
        await editor.whole(name)
        title = next(line for line in text.split("\n") if line.startswith("    title: "))
        rows.append(("typing in a title: told at once", await keystrokes(editor, name, title, count)))
        rule = next(line for line in text.split("\n") if line.startswith("      sender.authority: "))
        rows.append(("typing a wrong value: told at once", await keystrokes(editor, name, rule, count)))
        rows.append(("the rest, after a pause of 0.35 s", [await timed(lambda: editor.whole(name))]))
        asked = editor.at(name, rule, 10)
        hover = [await timed(lambda: editor.text_document_hover_async(types.HoverParams(**asked))) for _ in range(9)]
        rows.append(("hover", hover))
        where = editor.at(name, rule, len(rule))
        complete = [
            await timed(lambda: editor.text_document_completion_async(types.CompletionParams(**where)))
            for _ in range(9)
        ]
        rows.append(("completion", complete))

    editing(POLICIES, work)
    print(f"{name}: {text.count(chr(10)):,} lines; {count} keystrokes each")
    for label, took in rows:
        middle, worst = statistics.median(took), max(took)
        print(
            f"  {label:<36}{middle / base:6.1f} x reading, worst {worst / base:6.1f} x   {middle:7.1f} ms, worst {worst:7.1f} ms"
        )
    typing = [t for label, took in rows if label.startswith("typing") for t in took]
    print(f"  within {LIMIT:.0f} ms: {sum(t <= LIMIT for t in typing) / len(typing):.0%} of keystrokes")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
