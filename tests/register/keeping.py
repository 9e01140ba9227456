"""A small law, a case and a report received, and registers that hold something."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from mayshare.desk.register.model import Received
from mayshare.desk.register.recording import Act
from mayshare.desk.register.store import Register

LAW = """
covers: {direction: outgoing}
rules:
  - id: may
    title: A prosecutor may send
    effect: permit
    source: {instrument: act, article: 1}
    when: {direction: outgoing, sender.authority: prosecutor, item.privileged: false}
    conditions:
      - {id: leave, stage: before, bound: sender, kind: authorisation, text: Get leave,
         met_when: {authorisation.central_authority: true}}
      - {id: record, stage: with, bound: sender, kind: record, text: Record it}
      - {id: report, stage: after, bound: receiver, kind: feedback, due: P14D, text: Report on it}
      - {id: tell, stage: after, bound: sender, kind: notice, due: PT36H, text: Tell the commissioner}
      - {id: destroy, stage: after, bound: receiver, kind: destruction, until: 2027-01-31, text: Keep it no longer}
      - {id: secret, stage: after, bound: receiver, kind: confidentiality, until: the time asked for, text: Keep it confidential}
      - {id: limits, stage: after, bound: receiver, kind: use_restriction, text: Use it for this alone}
  - id: may-too
    title: A prosecutor may send without leave in an emergency
    effect: permit
    source: {instrument: act, article: 2}
    when: {direction: outgoing, sender.authority: prosecutor, urgent: true, item.privileged: false}
    conditions:
      - {id: tell-later, stage: after, bound: sender, kind: notice, due: P1M, text: Tell the ministry}
  - id: perhaps
    title: Personal data are marked
    effect: require
    source: {instrument: act, article: 3}
    when: {item.personal_data: true}
    condition: {id: mark, stage: with, bound: sender, kind: marking, text: Mark it}
"""
CASE = """
case: a-case
as_of: 2026-01-31
sender: {jurisdiction: XA, authority: prosecutor}
receiver: {jurisdiction: BR}
caveat.confidentiality_until: 2026-12-31
items:
  - {id: one, privileged: false, personal_data: false}
  - {id: two, privileged: false}
  - {id: three, privileged: true}
"""
RECEIVED = """
title: A report
received:
  from: BR
  authority: prosecutor
  mode: spontaneous
  on: 2026-01-31
  confidentiality_until: 2026-06-30
conditions:
  - {id: secret, kind: confidentiality, text: Keep it confidential}
  - {id: onward, kind: onward_consent, text: Do not pass it on without our consent}
  - {id: tell, kind: feedback, text: Tell us what came of it, due: P1M}
"""


ACT = Act("x", date(2026, 2, 1))
Say = Callable[..., "subprocess.CompletedProcess[str]"]


def must(done_: subprocess.CompletedProcess[str], code: int = 0) -> str:
    """The output of a command that must exit so."""
    assert done_.returncode == code, done_.stdout + done_.stderr
    return done_.stdout


def shown(say: Say, entry: int) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(must(say("register", "show", str(entry), "-f", "json", "--today", "2026-02-01")))
    return data


def plain_entry(n: int = 0) -> Received:
    """An entry of received information."""
    return Received(
        at=datetime(2026, 1, 1, tzinfo=UTC), by="x", on="2026-01-01", sender="BR", channel="post", title=f"n{n}",
        facts={"received.from": "BR", "received.on": "2026-01-01"},
    )  # fmt: skip


def with_entries(path: Path, number: int, secret: bytes | None = None) -> Register:
    """A register with as many entries."""
    register = Register.create(str(path), secret)
    for n in range(number):
        register.append(lambda ledger, seq, n=n: (plain_entry(n), b""))  # type: ignore[misc]
    return register
