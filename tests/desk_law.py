"""A small law of two States, for the tests of the adviser's desk."""

from __future__ import annotations

from pathlib import Path

HEAD = """\
policy: {code}
title: {title}
encoded: {{as_of: 2026-01-01, status: unofficial}}
instruments: {{act: {{title: The Sharing Act, short: Act}}}}
"""

SENDING = """
facts:
  ch.urgent_note: {type: boolean, ask: Is there a note on urgency?, help: A file note., source: act-9}
covers: {direction: outgoing}
rules:
  - id: spontaneous
    title: A prosecutor may send information unasked
    effect: permit
    source: {instrument: act, article: 1}
    when: {direction: outgoing, mode: spontaneous, sender.authority: prosecutor, receiver.authority: prosecutor,
           item.form: information, sender.considers_useful: true}
  - id: on-request
    title: A prosecutor must answer a request
    effect: oblige
    due: P30D
    source: {instrument: act, article: 2}
    when: {direction: outgoing, mode: on_request, sender.authority: prosecutor, receiver.authority: prosecutor}
  - id: units
    title: The unit may send to its counterpart
    effect: permit
    source: {instrument: act, article: 3}
    when: {direction: outgoing, sender.authority: fiu, receiver.authority: fiu, avenue: fiu_to_fiu}
  - id: no-privilege
    title: Privileged matter stays
    effect: forbid
    source: {instrument: act, article: 4}
    when: {direction: outgoing, item.privileged: true}
  - id: terms
    title: What is sent stays confidential and where it is
    effect: require
    source: {instrument: act, article: 5}
    when: {direction: outgoing, mode: spontaneous}
    conditions:
      - {id: secret, stage: after, bound: receiver, kind: confidentiality, text: Keep it confidential}
      - {id: no-onward, stage: after, bound: receiver, kind: onward_consent, text: Do not pass it on without consent}
      - {id: authorised, stage: before, bound: sender, kind: authorisation, text: Get leave,
         met_when: {authorisation.central_authority: true}}
"""

RECEIVING = """
covers: {direction: [use, onward]}
rules:
  - id: use
    title: Received information may be used
    effect: permit
    source: {instrument: act, article: 20}
    when: {direction: use}
  - id: no-publication
    title: What was received in confidence is not published
    effect: forbid
    source: {instrument: act, article: 21}
    when: {direction: use, received.confidentiality_requested: true, intended_use: [publication]}
  - id: onward
    title: It may be passed on at home
    effect: permit
    source: {instrument: act, article: 22}
    when: {direction: onward}
honours:
  onward_consent: {can: false, source: {instrument: act, article: 23}}
"""


def write_law(folder: Path, *, sending: str = SENDING) -> Path:
    """The two policies as files of a folder."""
    folder.mkdir(exist_ok=True)
    (folder / "ch.yaml").write_text(HEAD.format(code="CH", title="Here") + sending)
    (folder / "br.yaml").write_text(HEAD.format(code="BR", title="There") + RECEIVING)
    return folder


CASE = """\
case: two-items
as_of: 2026-03-02
sender: {jurisdiction: CH, authority: prosecutor, considers_useful: {value: true, judged_by: A}}
receiver: {jurisdiction: BR, authority: prosecutor}
mode: spontaneous
items:
  - {id: note, type: bank_records, form: information, privileged: false}
  - {id: papers, type: bank_records, form: evidence, privileged: false}
"""
