"""`mayshare register`: the commands that add an entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from .advice import source_of
from .options import KeyFile, OnlyMine, Policies, day, library, note, one_of, out, secret
from .register_options import By, Note, On, RegisterHere, act, moment, named, opened, registering

if TYPE_CHECKING:
    from datetime import date

    from ..desk.register.store import Make, Register

Obligations = Annotated[list[str], typer.Argument(metavar="OBLIGATION", help="As `register due` names them: 3.1")]
Number = Annotated[int, typer.Argument(metavar="ENTRY", min=1, help="The entry's number, as `register list` shows it.")]
Channel = Annotated[str, typer.Option("--channel", metavar="NAME", help="By which channel it went or came.")]


def init(register: RegisterHere = None, key_file: KeyFile = None) -> None:
    """Start a register in a new file; encrypted where a key is given.

    The key is any secret of 16 bytes or more, in a file (--key-file) or in MAYSHARE_REGISTER_KEY. Without it what is encrypted
    is lost: keep a copy apart.
    """
    with registering():
        from ..desk.register.store import Register

        key = secret(key_file)
        made = Register.create(named(register), key)
        out(f"{made.path}: a new register{', encrypted' if key is not None else ''}\n")


def add(
    answer: Annotated[
        str,
        typer.Argument(
            metavar="ANSWER", help="As `check --receipt` or `--format json` wrote it; `-` reads standard input."
        ),
    ],
    by: By,
    channel: Channel,
    on: On = None,
    item: Annotated[
        list[str],
        typer.Option("--item", metavar="NAME", help="An item sent; may be repeated. Default: all that may go."),
    ] = [],  # noqa: B006 - typer reads defaults, nothing writes to them
    gateway: Annotated[
        str | None,
        typer.Option("--gateway", metavar="RULE", help="The gateway relied on. Default: the one that asks least."),
    ] = None,
    reference: Annotated[str | None, typer.Option("--reference", metavar="TEXT", help="File number.")] = None,
    despite: Annotated[
        str | None,
        typer.Option("--despite", metavar="REASON", help="Why it was sent although the answer does not let it go."),
    ] = None,
    remark: Note = None,
    register: RegisterHere = None,
    key_file: KeyFile = None,
    policies: Policies = [],  # noqa: B006
    only_mine: OnlyMine = False,
) -> None:
    """Record that information was sent (or used), under an answer that is kept whole.

    From the answer's conditions come the obligations, each with the day on which it falls due or ends.
    """
    with registering():
        from ..desk.register.recording import Sending, read_answer, sent

        store = opened(register, key_file)
        read = read_answer(source_of(answer), library(policies, only_mine))
        _record(store, sent(read, act(by, on, remark), Sending(channel, item, gateway, reference, despite)))


def receive(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="What was received, and its originator's conditions; `-` reads standard input."
        ),
    ],
    by: By,
    channel: Channel,
    on: On = None,
    remark: Note = None,
    register: RegisterHere = None,
    key_file: KeyFile = None,
    policies: Policies = [],  # noqa: B006
    only_mine: OnlyMine = False,
) -> None:
    """Record that information was received, with the conditions its originator set.

    A case takes it from there: `received: {register: 3}`.
    """
    with registering():
        from ..desk.register.due import day_of
        from ..desk.register.received import Arrival
        from ..desk.register.recording import received
        from ..rules.vocabulary.load import load_vocabulary

        store = opened(register, key_file)
        arrival = Arrival(source_of(file), load_vocabulary(library(policies, only_mine).vocabulary_sources))
        if on is not None and arrival.on not in (None, day_of(moment(on, "--on"))):
            raise typer.BadParameter(f"the file says it was received on {arrival.on}", param_hint="--on")
        stated = on or (str(arrival.on) if arrival.on else None)
        _record(store, received(arrival, act(by, stated, remark), channel))


def done(
    obligations: Obligations,
    by: By,
    on: On = None,
    remark: Note = None,
    register: RegisterHere = None,
    key_file: KeyFile = None,
) -> None:
    """Record that obligations were met."""
    with registering():
        from ..desk.register.recording import done as made

        store = opened(register, key_file)
        _record(store, made(obligations, act(by, on, remark), store.path))


def lift(
    obligations: Obligations,
    by: By,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why they no longer apply, or never did.")],
    on: On = None,
    remark: Note = None,
    register: RegisterHere = None,
    key_file: KeyFile = None,
) -> None:
    """Record that obligations no longer apply: the originator released us, or what they depended on did not come about."""
    with registering():
        from ..desk.register.recording import lifted

        store = opened(register, key_file)
        _record(store, lifted(obligations, act(by, on, remark), reason, store.path))


def date_(
    obligation: Annotated[str, typer.Argument(metavar="OBLIGATION", help="As `register due` names it: 3.1")],
    to: Annotated[str, typer.Argument(metavar="DAY", help="YYYY-MM-DD")],
    by: By,
    on: On = None,
    remark: Note = None,
    register: RegisterHere = None,
    key_file: KeyFile = None,
) -> None:
    """Enter the day on which an obligation ends or falls due, once it is known or when it was put off."""
    with registering():
        from ..desk.register.recording import dated

        store = opened(register, key_file)
        _record(store, dated(obligation, day(to, "DAY"), act(by, on, remark), store.path))


def feedback(
    entry: Number,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="How it was used, and what came of it.")],
    by: By,
    interim: Annotated[bool, typer.Option("--interim", help="More is to come: what was owed stays open.")] = False,
    on: On = None,
    remark: Note = None,
    register: RegisterHere = None,
    key_file: KeyFile = None,
) -> None:
    """Record feedback: received on what was sent, given on what was received. It meets the obligations of that kind."""
    with registering():
        from ..desk.register.recording import feedback as made

        store = opened(register, key_file)
        _record(store, made(entry, act(by, on, remark), text, interim=interim, path=store.path))


def consent(
    entry: Number,
    state: Annotated[str, typer.Argument(metavar="STATE", help="asked, given or refused.")],
    by: By,
    for_: Annotated[str, typer.Option("--for", metavar="KIND", help="onward, use or evidence.")] = "onward",
    receiver: Annotated[
        str | None, typer.Option("--receiver", metavar="CODE", help="For onward: the State, or `any`.")
    ] = None,
    authority: Annotated[
        str | None, typer.Option("--authority", metavar="KIND", help="The kind of authority there; any if left out.")
    ] = None,
    limit: Annotated[
        str | None,
        typer.Option("--limit", metavar="TEXT", help="A limit in words; a case must then state the consent itself."),
    ] = None,
    answer_by: Annotated[
        str | None, typer.Option("--answer-by", metavar="DAY", help="For `asked`: until when an answer is due.")
    ] = None,
    on: On = None,
    remark: Note = None,
    register: RegisterHere = None,
    key_file: KeyFile = None,
) -> None:
    """Record that the originator's consent was asked for, given or refused.

    Consent to passing on counts in `check` for the receiver it names; consent to a use is for each case to state.
    """
    one_of(state, ("asked", "given", "refused"), "STATE")
    one_of(for_, ("onward", "use", "evidence"), "--for")
    with registering():
        from ..desk.register.recording import Consenting
        from ..desk.register.recording import consent as made

        said = Consenting(
            cast("Literal['onward', 'use', 'evidence']", for_), cast("Literal['asked', 'given', 'refused']", state),
            _receiver(for_, receiver, authority), authority, limit, _answer_by(state, answer_by),
        )  # fmt: skip
        store = opened(register, key_file)
        _record(store, made(entry, act(by, on, remark), said, store.path))


def _receiver(for_: str, receiver: str | None, authority: str | None) -> str | None:
    """The State that a consent to passing on names; None is any."""
    from ..rules.vocabulary.load import load_vocabulary, vocabulary_files

    if for_ != "onward":
        if receiver or authority:
            raise typer.BadParameter("a receiver belongs to a consent for `onward`", param_hint="--receiver")
        return None
    if receiver is None:
        raise typer.BadParameter("name the State to which it may be passed on, or `any`", param_hint="--receiver")
    known = load_vocabulary(vocabulary_files())
    if receiver != "any" and receiver not in known.jurisdictions:
        raise typer.BadParameter(f"`{receiver}` is not a jurisdiction code, nor `any`", param_hint="--receiver")
    if authority is not None:
        one_of(authority, known["receiver.authority"].values, "--authority")
    return None if receiver == "any" else receiver


def _answer_by(state: str, value: str | None) -> date | None:
    if value is not None and state != "asked":
        raise typer.BadParameter("an answer is due only where consent is asked", param_hint="--answer-by")
    return day(value, "--answer-by") if value else None


def _record(store: Register, make: Make) -> None:
    """Add an entry and say what it is."""
    seq, entry = store.append(make)
    from ..desk.register.words import recorded_blocks
    from ..rendering.text import print_blocks

    try:
        print_blocks(recorded_blocks(seq, entry))
    except OSError:  # nobody reads on, or the disk behind standard output is full
        note(f"entry {seq} was recorded")
        raise
