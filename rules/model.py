"""The base of every document model, and the way from a pydantic error to a diagnostic with a place."""

from __future__ import annotations

import re
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, GetJsonSchemaHandler, ValidationError

from .diagnostics import Findings, suggestion
from .source import Document, Path_

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*\Z")
_DURATION = re.compile(r"P(?!\Z)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?)?\Z")


class Model(BaseModel):
    """A frozen document model that knows all its keys."""

    # built on first use: most commands use few of the models, and `check` has to start fast
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, defer_build=True)


def _text(value: Any) -> Any:
    """Numbers and dates written where text is meant (`article: 56`) are text."""
    return value if isinstance(value, str) or value is None or isinstance(value, (bool, dict, list)) else str(value)


def _identifier(value: str) -> str:
    if not _ID.match(value):
        raise ValueError("an id is made of letters, digits, `-`, `_` and `.`")
    return value


def _duration(value: str) -> str:
    if not _DURATION.match(value):
        raise ValueError("a duration is written as in ISO 8601: `P30D`, `P6M`, `PT8H`")
    return value


def _several(value: Any) -> Any:
    return value if isinstance(value, (list, tuple)) or value is None else [value]


class _Alone:
    """In JSON Schema: one value may stand for a list of one."""

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        schema = handler.resolve_ref_schema(handler(core_schema))
        return {"anyOf": [schema["items"], schema]}


class _Written:
    """In JSON Schema: text may be written as a number."""

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(core_schema), "type": ["string", "number"]}


T = TypeVar("T")
Text = Annotated[str, BeforeValidator(_text), _Written()]
Identifier = Annotated[str, BeforeValidator(_text), AfterValidator(_identifier), _Written()]
Duration = Annotated[str, BeforeValidator(_text), AfterValidator(_duration)]
Several = Annotated[tuple[T, ...], BeforeValidator(_several), _Alone()]


def validated(model: type[M], data: Any, document: Document, path: Path_, findings: Findings) -> M | None:
    """`data` as a `model`, or None with every fault reported at its place."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            _report(fault, model, document, path, findings)
        return None


M = TypeVar("M", bound=BaseModel)


def _report(fault: Any, model: type[BaseModel], document: Document, path: Path_, findings: Findings) -> None:
    loc = tuple(part for part in fault["loc"] if isinstance(part, (str, int)))
    full = (*path, *_written(loc, path, document))
    key = str(loc[-1]) if loc else ""
    named = next((part for part in reversed(loc) if isinstance(part, str)), "this")  # the last may number an entry
    if fault["type"] == "missing":
        code = "MS205" if key == "source" else "MS108"
        help_ = (
            "no source, no rule: name instrument, article and how it was read" if code == "MS205" else f"add `{key}:`"
        )
        findings.add(document.error(code, f"`{key}` is missing", full[:-1], help_))
    elif fault["type"] == "extra_forbidden":
        findings.add(
            document.error("MS107", f"unknown key `{key}`", full, suggestion(key, _keys(model, loc)), key=True)
        )
    elif fault["type"] == "literal_error":
        expected = fault["ctx"]["expected"]
        message = f"`{fault['input']}` is not a value of `{key}`"
        names = re.findall(r"'([^']+)'", expected)
        findings.add(document.error("MS102", message, full, suggestion(str(fault["input"]), names)))
    elif fault["type"] in ("model_type", "model_attributes_type"):
        keys = ", ".join(f"`{k}`" for k in _keys(model, (*loc, "")))
        message = f"`{named}` is written with keys, not as {_kind(fault['input'])}"
        findings.add(document.error("MS103", message, full, f"write `key: value` under it; the keys are {keys}"))
    elif fault["type"].partition("_")[0] in _SHAPES:
        shape, help_ = _SHAPES[fault["type"].partition("_")[0]]
        findings.add(document.error("MS103", f"`{named}` takes {shape}, not {_kind(fault['input'])}", full, help_))
    else:
        text = fault["msg"].removeprefix("Value error, ")
        findings.add(document.error("MS103", f"`{key}`: {text[:1].lower()}{text[1:]}", full, "see `mayshare schema`"))


_SHAPES = {
    "date": ("a date", "write YYYY-MM-DD, unquoted"),
    "string": ("text", "write text, in quotes where it holds `: ` or `#`"),
    "bool": ("true or false", "write `true` or `false`"),
    "dict": ("a mapping", "write `key: value` under it"),
    "list": ("a list", "write `[first, second]`, or lines that begin with `-`"),
    "tuple": ("a list", "write `[first, second]`, or lines that begin with `-`"),
    "int": ("a whole number", "write it in digits"),
    "float": ("a number", "write it in digits"),
}
"""What was meant, and how it is written, by how pydantic's names of faults begin."""


def _kind(value: Any) -> str:
    """What a value is, in the words of whoever wrote it."""
    kinds = {str: "text", bool: "yes or no", list: "a list", dict: "a mapping", type(None): "nothing"}
    return kinds.get(type(value), "a number" if isinstance(value, (int, float)) else "a date")


def _written(loc: Path_, base: Path_, document: Document) -> Path_:
    """The part of a pydantic location that names written keys: union tags and the like are left out."""
    path: Path_ = ()
    for part in loc[:-1]:
        if (*base, *path, part) in document.values:
            path = (*path, part)
    return (*path, loc[-1]) if loc else path


def _keys(model: type[BaseModel], loc: Path_) -> list[str]:
    """The keys that may stand where an unknown one was found."""
    current: Any = model
    for part in loc[:-1]:
        fields = getattr(current, "model_fields", None)
        if fields and part in fields:
            current = _inner(fields[part].annotation)
    fields = getattr(current, "model_fields", None)
    return [str(f.alias or n) for n, f in fields.items()] if fields else []


def _inner(annotation: Any) -> Any:
    """The model inside `X | None`, `tuple[X, ...]`, `dict[str, X]`."""
    todo = [annotation]
    while todo:
        item = todo.pop(0)
        if isinstance(item, type) and issubclass(item, BaseModel):
            return item
        todo.extend(getattr(item, "__args__", ()))
    return None
