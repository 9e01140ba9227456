"""What is said of a name: the Markdown that hover shows, and that stands beside a completion."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...engine.bundle import source_text
from ...rendering.markdown import escaped, markdown
from ...rendering.policy import rule_blocks
from ...rules.expressions import a_kind
from ...rules.pages import page, pages
from ...rules.policy import Instrument
from ...rules.policy import Source as Provenance
from ...rules.vocabulary.facts import Fact
from .names import Name
from .view import View

MOST_VALUES = 40


def about(name: Name, view: View) -> str:
    """A name in words; empty where nothing is known of it."""
    describe = {
        "fact": _fact, "value": _value, "rule": _rule, "definition": _definition, "condition": _condition,
        "instrument": _instrument, "policy": _policy, "code": _code, "provision": _provision, "jurisdiction": _jurisdiction,
    }.get(name.kind, _plain)  # fmt: skip
    return "\n\n".join(part for part in describe(name, view) if part)


def _fact(name: Name, view: View) -> Iterator[str]:
    fact = view.facts.get(name.id)
    if fact is not None:
        yield f"**{escaped(fact.ask)}**"
        yield fact_line(fact)
        yield escaped(fact.help)
        yield _values(fact)
        yield f"*{escaped(fact.source)}*" if fact.source else ""


def fact_line(fact: Fact) -> str:
    """Name, type and kind of a fact in a line."""
    notes = [a_kind(fact.kind) + (f" in {fact.unit}" if fact.unit else "")]
    notes += ["of each item"] if fact.scope == "item" else []
    notes += (
        ["a judgement of the " + " or ".join(w.replace("_", " ") for w in fact.judgement.by)] if fact.judgement else []
    )
    notes += ["looked up in the registry"] if fact.registry else []
    notes += ["follows from other facts"] if fact.derived is not None else []
    notes += ["the sender can change it"] if fact.controllable else []
    return f"`{fact.path}`: {', '.join(notes)}"


def _values(fact: Fact) -> str:
    if fact.tree is None:
        return ""
    lines = []
    for value in list(fact.values)[:MOST_VALUES]:
        depth = len(fact.tree.ancestors(value))
        lines.append(f"{'  ' * depth}- `{value}` {escaped(fact.label(value))}")
    more = len(fact.values) - MOST_VALUES
    return "\n".join([*lines, f"- … and {more} more"] if more > 0 else lines)


def _value(name: Name, view: View) -> Iterator[str]:
    for fact in view.facts.values():
        if fact.tree is not None and name.id in fact.tree.values and view.tree(fact.path) == name.owner:
            value = fact.tree.values[name.id]
            yield f"**{escaped(value.label)}**"
            ancestors = " < ".join(f"`{a}`" for a in fact.tree.ancestors(name.id))
            yield f"`{name.id}`" + (f", a kind of {ancestors}" if ancestors else "")
            yield escaped(value.help or "")
            yield f"*{escaped(value.source)}*" if value.source else ""
            return
    if name.id in view.around.vocabulary.jurisdictions:
        yield from _jurisdiction(name, view)


def _jurisdiction(name: Name, view: View) -> Iterator[str]:
    title = view.around.vocabulary.jurisdictions.get(name.id)
    if title:
        yield f"**{escaped(title)}** (`{name.id}`)"


def _rule(name: Name, view: View) -> Iterator[str]:
    """As `mayshare show` words it; as it is written while its policy is not valid."""
    bundle = view.bundle(name.owner)
    if bundle is not None and any(text.name == name.id and text.policy == name.owner for text in bundle.rules):
        yield markdown(rule_blocks(bundle, name.id)).replace("# ", "#### ", 1).strip()
        return
    data = view.data(name)
    if isinstance(data, dict):
        yield f"**{escaped(str(data.get('title', name.id)))}**"
        yield f"`{name.owner}/{name.id}`: {data.get('effect', '')}"
        yield _sources(data.get("source"), name.owner, view)
        yield escaped(str(data.get("note") or ""))


def _sources(written: Any, policy: str, view: View) -> str:
    """Where something comes from, as it is written."""
    sheet = view.policies.get(policy)
    instruments = sheet.data.get("instruments") if sheet is not None else {}
    lines = []
    for source in written if isinstance(written, list) else [written]:
        try:
            known = {k: Instrument.model_validate(v) for k, v in (instruments or {}).items()}
            lines.append(f"*{escaped(str(source_text(Provenance.model_validate(source), known)))}*")
        except (ValueError, AttributeError):
            continue  # half-written
    return "; ".join(lines)


def _definition(name: Name, view: View) -> Iterator[str]:
    data = view.data(name)
    if isinstance(data, dict):
        yield f"**{escaped(str(data.get('title') or name.id))}** (definition)"
        yield _written(data.get("when"))
        yield _sources(data.get("source"), name.owner, view)


def _condition(name: Name, view: View) -> Iterator[str]:
    data = view.data(name)
    if isinstance(data, dict):
        yield f"**{escaped(str(data.get('text', name.id)))}**"
        stage, bound, kind = (str(data.get(key, "?")) for key in ("stage", "bound", "kind"))
        yield f"`{name.id}`: {stage} the sending, binds the {bound}" + ("" if kind == "?" else f", {kind}")
        yield "met when\n\n" + _written(data["met_when"]) if data.get("met_when") else ""


def _written(data: Any) -> str:
    import yaml

    text = yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=100).strip()
    return f"```yaml\n{text}\n```"


def _instrument(name: Name, view: View) -> Iterator[str]:
    data = view.data(name)
    if isinstance(data, dict):
        yield f"**{escaped(str(data.get('title', name.id)))}**"
        yield ", ".join(escaped(str(data[k])) for k in ("short", "number", "kind") if data.get(k))
        yield f"<{data['url']}>" if data.get("url") else ""


def _policy(name: Name, view: View) -> Iterator[str]:
    data = view.data(name)
    if isinstance(data, dict):
        yield f"**{escaped(str(data.get('title', name.id)))}** (`{name.id}`)"
        rules = data.get("rules")
        yield f"{len(rules)} rules" if isinstance(rules, list) else ""


def _code(name: Name, view: View) -> Iterator[str]:
    yield page(name.id) or "" if name.id in pages() else ""


def _provision(name: Name, view: View) -> Iterator[str]:
    data = view.data(name)
    if isinstance(data, dict):
        article = f" art. {data['article']}" if data.get("article") else ""
        paragraph = f"({data['paragraph']})" if data.get("paragraph") else ""
        yield f"**{escaped(str(data.get('instrument', '')))}{article}{paragraph}**"
        yield escaped(str(data.get("summary", "")))
        yield "*read in a secondary source*" if data.get("read") == "secondary" else ""


def _plain(name: Name, view: View) -> Iterator[str]:
    data = view.data(name)
    if isinstance(data, dict):
        title = data.get("title") or data.get("name")
        yield f"**{escaped(str(title))}**" if title else ""
        yield _written(data) if name.kind == "base" else ""
    elif data is not None:
        yield escaped(str(data))
