"""What is shown in another language: whole catalogues, one answer in all, and nothing left in English by mistake."""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from string import Formatter
from typing import Any

import pexpect
import pytest
from babel.messages.catalog import Message

from mayshare.bench.messages import COLLECTED, KEYWORDS, OTHERS, ROOMS, kept, strings, updated
from mayshare.desk.memo.paper import memo
from mayshare.desk.package import package
from mayshare.desk.replies import NotUnderstood, options, parsed
from mayshare.desk.roadwords import package_blocks, routes_blocks
from mayshare.desk.routes import routes
from mayshare.desk.whatif import Subject, what_if
from mayshare.desk.words import whatif_blocks
from mayshare.engine.bundle import Bundle
from mayshare.engine.deciding import Decider
from mayshare.engine.library import Library
from mayshare.engine.reading import read_cases
from mayshare.engine.wording import country, label_words, value_words
from mayshare.languages import speaking
from mayshare.languages.speaking import LANGUAGES, chosen, speak, speaker, spoken
from mayshare.languages.words import AND, SEMICOLON, Phrase, count, day_of, listed, say, term, versions
from mayshare.rendering.markdown import markdown
from mayshare.rendering.report import Block, report
from mayshare.rules.source import read_source
from mayshare.rules.vocabulary import Vocabulary, load_vocabulary, vocabulary_files

from .conftest import ROOT, Run
from .desk_law import write_law

EXAMPLES = sorted(p.stem for p in (ROOT / "examples").glob("*.yaml"))
ZURICH = "examples/zurich-to-brasilia.yaml"


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    speak("en")


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return load_vocabulary(vocabulary_files())


@pytest.fixture(scope="module")
def decider() -> Decider:
    return Decider(Library())


def subject(decider: Decider, example: str) -> Subject:
    (case,) = read_cases(read_source(str(ROOT / "examples" / f"{example}.yaml")), decider.library)
    return Subject.of(decider, case)


# -- catalogues -----------------------------------------------------------------------------------------------


def translated(language: str, name: str) -> list[Message]:
    return [m for m in kept(language, name) if m.id]


def places(text: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(text) if field is not None}


@pytest.mark.parametrize("name", COLLECTED)
@pytest.mark.parametrize("language", OTHERS)
def test_a_catalogue_is_up_to_date(language: str, name: str) -> None:
    """If this fails, run `make messages` and translate what it names."""
    path = ROOT / "languages" / language / f"{name}.po"
    assert path.read_bytes() == updated(language, name, COLLECTED[name]())


@pytest.mark.parametrize("name", COLLECTED)
@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_translated_with_all_its_places(language: str, name: str) -> None:
    for message in translated(language, name):
        assert not message.fuzzy, message.id
        last = message.id if isinstance(message.id, str) else message.id[-1]
        for said in strings(message):
            assert said.strip(), message.id
            assert places(said) == places(last), message.id


@pytest.mark.parametrize("language", OTHERS)
def test_every_fact_value_and_jurisdiction_has_its_words(language: str, vocabulary: Vocabulary) -> None:
    said = {(m.context, m.id) for m in translated(language, "vocabulary")}
    for path, fact in vocabulary.facts.items():
        assert {(path, path.replace(".", " ").replace("_", " ")), (path, fact.ask)} <= said
        assert not fact.help or (path, fact.help) in said
        assert all((value, fact.label(value)) in said for value in fact.values)
    names = {code: speaker(language).state(code, name) for code, name in vocabulary.jurisdictions.items()}
    assert all(names.values())
    same = [code for code, name in names.items() if name == vocabulary.jurisdictions[code]]
    assert len(same) < len(names) / 2


@pytest.mark.parametrize("language", OTHERS)
def test_labels_of_one_list_stay_apart(language: str, vocabulary: Vocabulary) -> None:
    """Two values that read alike could not be told apart by who answers."""
    speak(language)
    for fact in vocabulary.facts.values():
        labels = [spoken(label_words(fact, value)) for value in fact.values]
        assert len(set(labels)) == len(labels), fact.path


def test_templates_are_written_down_as_literals() -> None:
    """One that is put together would not be collected; `fill` takes one that was."""
    wrong = []
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_bytes())):
                named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say"
                if named and not isinstance(node.args[0], ast.Constant):  # type: ignore[attr-defined]
                    wrong.append(f"{path}:{node.lineno}")  # type: ignore[attr-defined]
    assert wrong == []
    assert set(KEYWORDS) >= {"say", "term", "count", "pair"}


# -- phrases --------------------------------------------------------------------------------------------------


def test_a_phrase_is_english_text_that_can_be_said_otherwise() -> None:
    text = say("{item}: {verdict}", item="a", verdict=count("{n} condition", "{n} conditions", 2))
    assert text == "a: 2 conditions"
    speak("fr")
    assert spoken(text) == "a\N{NO-BREAK SPACE}: 2 conditions"
    assert text == "a: 2 conditions"


def test_days_lists_and_states_are_said_in_the_language_way(vocabulary: Vocabulary) -> None:
    days = listed([day_of(date(2026, 3, 1)), day_of(date(2026, 3, 2))], last=AND)
    assert days == "2026-03-01 and 2026-03-02"
    parties = listed([country(vocabulary.jurisdictions, c) for c in ("CH", "PS", "XA")], SEMICOLON)
    speak("fr")
    assert spoken(days) == "1er mars 2026 et 2 mars 2026"
    assert spoken(parties) == "Suisse\N{NO-BREAK SPACE}; Palestine\N{NO-BREAK SPACE}; État d'exemple A"
    speak("es")
    assert spoken(days) == "1 de marzo de 2026 y 2 de marzo de 2026"
    assert spoken(parties) == "Suiza; Palestina; Estado de ejemplo A"


def test_a_text_that_its_author_gives_in_other_languages() -> None:
    title = versions("Unasked sending", {"fr": "Transmission spontanée"})
    assert title == "Unasked sending"
    speak("fr")
    assert spoken(title) == "Transmission spontanée"
    speak("es")
    assert spoken(title) == "Unasked sending"


def test_what_is_not_in_a_catalogue_stays_as_it_is() -> None:
    speak("es")
    assert spoken(term("own.fact", "a policy's own question?")) == "a policy's own question?"
    assert spoken("plain") == "plain"


# -- which language -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "fr_CH.UTF-8"}, "fr"),
        ({"LANG": "es"}, "es"),
        ({"LANG": "de_CH.UTF-8"}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "fr_FR", "LC_MESSAGES": "es_MX"}, "es"),
        ({"LANG": "fr_FR", "LC_MESSAGES": "es_MX", "LC_ALL": "C"}, "en"),
        ({"LANG": "fr_FR", "LC_ALL": ""}, "fr"),
    ],
)
def test_the_language_of_the_surroundings(environment: dict[str, str], language: str) -> None:
    assert chosen(environment) == language


def test_an_option_wins_over_a_variable_and_that_over_the_locale(run: Run) -> None:
    def first(*more: str, **environment: str) -> str:
        return run("check", ZURICH, *more, **environment).stdout.partition(":")[0].strip()

    assert first(LANG="fr_FR.UTF-8") == "REFUSÉ EN PARTIE"
    assert first(LANG="fr_FR.UTF-8", MAYSHARE_LANGUAGE="es") == "DENEGADO EN PARTE"
    assert first("--language", "en", LANG="fr_FR.UTF-8", MAYSHARE_LANGUAGE="es") == "DENY IN PART"


def test_a_language_that_there_is_none_of_is_refused(run: Run) -> None:
    done = run("check", ZURICH, "--language", "de")
    assert done.returncode == 2
    assert "fr (français)" in done.stderr


def test_english_loads_no_catalogue(run: Run) -> None:
    script = "import sys, runpy; sys.argv[1:] = ['check', 'ZURICH']\ntry: runpy.run_module('mayshare', run_name='__main__')\n"
    script = script.replace("ZURICH", ZURICH) + "except SystemExit: pass\nassert 'babel' not in sys.modules\n"
    import subprocess

    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, cwd=ROOT, env=environment)
    assert speaking.language() == "en"


# -- one answer in all languages ------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["check", "whatif", "routes", "package"])
@pytest.mark.parametrize("example", ["zurich-to-brasilia", "exculpatory"])
def test_json_is_the_same_in_every_language(command: str, example: str, run: Run) -> None:
    answers = {run(command, f"examples/{example}.yaml", "-f", "json", "--language", code).stdout for code in LANGUAGES}
    assert len(answers) == 1
    assert "{" in answers.pop()


def test_a_receipt_is_the_same_and_replays_in_every_language(run: Run, tmp_path: Path) -> None:
    written = set()
    for code in LANGUAGES:
        path = tmp_path / f"{code}.json"
        run("check", ZURICH, "--receipt", str(path), "--language", code)
        written.add(path.read_bytes())
        assert run("replay", str(path), LANG=code).returncode == 0
    assert len(written) == 1


def test_an_interview_writes_the_same_case_in_every_language(run: Run, tmp_path: Path) -> None:
    law = write_law(tmp_path / "law")
    answers = tmp_path / "answers.yaml"
    answers.write_text("mode: spontaneous\nsender: {authority: prosecutor}\nurgent: true\n")
    given = ["ask", "--from", "CH", "--to", "BR", "--answers", str(answers), "--no-input", "--policies", str(law)]
    given += ["--no-builtin", "--as-of", "2026-03-02", "-f", "json"]
    assert len({run(*given, "--language", code).stdout for code in LANGUAGES}) == 1


# -- what people read -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", OTHERS)
def test_answers_read_and_approved(language: str, run: Run) -> None:
    """Read by a person (`UPDATE_GOLDEN=1` writes them); the hash of the program is left out."""
    shown = run("check", ZURICH, "--language", language, COLUMNS="100").stdout
    shown = re.sub(r"\b[0-9a-f]{12}\.$", "….", shown, flags=re.MULTILINE)
    path = ROOT / "tests" / "golden" / f"zurich.{language}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(shown)
    assert shown == path.read_text()


class Dots:
    """A language in which every letter of the interface is a dot, so that what was not asked of it stands out."""

    code = "xx"

    def template(self, context: str, text: str) -> str:
        pieces = Formatter().parse(text)
        return "".join(re.sub(r"[^\W\d_]", "·", said) + (f"{{{name}}}" if name else "") for said, name, _, _ in pieces)

    def counted(self, one: str, several: str, number: int) -> str:
        return self.template("", several)

    def day(self, day: date) -> str:
        return "·"

    def state(self, code: str, name: str) -> str:
        return "·"


def encoders_words(bundle: Bundle) -> Iterator[str]:
    """What stays in the words of whoever encoded the law or wrote the case."""
    for text in bundle.rules:
        yield text.rule.title
        for source in text.sources:
            yield from (str(source).removesuffix(" [read in a secondary source]"), source.title)
    for condition, _ in bundle.conditions:
        yield from (condition.text, condition.until or "")
    yield from bundle.definitions.values()
    for head in bundle.heads:
        yield from (head.title, *head.encoded.gaps)


def blocks_of(subject: Subject, command: str) -> list[Block]:
    decision = subject.decide()
    if command == "check":
        return report(decision, explain=True)
    if command == "memo":
        return list(memo(subject, decision).blocks)
    if command == "whatif":
        return whatif_blocks(what_if(subject, decision))
    return routes_blocks(routes(subject)) if command == "routes" else package_blocks(package(subject))


SMALL = re.compile(r"\b(the|is|are|may|must|not|of|to|be|with|and|or|for|by|which|from|it|no|has|once|under|if)\b")


@pytest.mark.parametrize("command", ["check", "whatif", "routes", "package", "memo"])
@pytest.mark.parametrize("example", EXAMPLES)
def test_nothing_is_left_in_english(
    example: str, command: str, decider: Decider, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_hand = subject(decider, example)
    words = set(encoders_words(at_hand.bundle))
    there = decider.receiver(at_hand.case)
    words |= set(encoders_words(there)) if there else set()
    decision = at_hand.decide()
    words |= {j.judged_by or "" for j in decision.judgements} | {j.basis or "" for j in decision.judgements}
    words |= (
        {k.source for k in decision.looked_up} | {str(k.because) for k in decision.looked_up} | {decision.title or ""}
    )
    blocks = blocks_of(at_hand, command)
    monkeypatch.setattr(speaking, "speaker", lambda _: Dots())
    speak("xx")
    left = []
    for line in markdown(blocks).replace("\\", "").split("\n"):
        text = line
        for own in sorted(words, key=len, reverse=True):
            text = text.replace(own, "").replace(own[:1].lower() + own[1:], "") if own else text
        text = re.sub(r"`[^`]*`|[\w/]+[.\-_/][\w.\-_/]+|https?://\S+", "", text)
        if SMALL.search(text):
            left.append(line)
    assert left == []


# -- an interview in another language -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("fr", "oui", True), ("fr", "O", True), ("fr", "n", False), ("fr", "yes", True),
        ("es", "sí", True), ("es", "s", True), ("es", "no", False),
    ],
)  # fmt: skip
def test_yes_and_no_are_understood(language: str, text: str, value: bool, vocabulary: Vocabulary) -> None:
    speak(language)
    assert parsed(vocabulary["urgent"], text, [], vocabulary) is value


@pytest.mark.parametrize(
    ("language", "fact", "text", "value"),
    [
        ("fr", "sender.authority", "ministère public", "prosecutor"),
        ("fr", "sender.authority", "ministere", None),
        ("fr", "sender.authority", "prosecutor", "prosecutor"),
        ("es", "sender.authority", "fiscalia", "prosecutor"),
        ("fr", "receiver.jurisdiction", "bresil", "BR"),
        ("fr", "receiver.jurisdiction", "BR", "BR"),
        ("es", "receiver.jurisdiction", "Suiza", "CH"),
    ],
)
def test_names_are_understood_with_or_without_accents(
    language: str, fact: str, text: str, value: str | None, vocabulary: Vocabulary
) -> None:
    speak(language)
    asked = vocabulary[fact]
    if value is not None:
        assert parsed(asked, text, options(asked), vocabulary) == value
        return
    with pytest.raises(NotUnderstood) as problem:
        parsed(asked, text, options(asked), vocabulary)
    assert "peut être" in spoken(problem.value.reason)


def test_values_are_said_in_the_language(vocabulary: Vocabulary) -> None:
    said = value_words(vocabulary["item.secrecy"], frozenset({"bank_secrecy", "tax_secrecy"}), vocabulary)
    assert said == "bank secrecy, tax secrecy"
    speak("fr")
    assert spoken(said) == "secret bancaire, secret fiscal"


def test_a_rule_is_shown_by_the_title_that_its_policy_gives_in_the_language(tmp_path: Path) -> None:
    law = write_law(tmp_path / "law")
    path = next(law.rglob("ch.yaml"))
    path.write_text(
        path.read_text().replace(
            "    effect: permit\n", "    effect: permit\n    readings: {fr: {title: Un titre}}\n", 1
        )
    )
    decider = Decider(Library(folders=(str(law),), builtin=False))
    (case,) = read_cases(read_source(_case(tmp_path)), decider.library)
    at_hand = Subject.of(decider, case, date(2026, 3, 2))
    blocks = report(at_hand.decide(), explain=True)
    assert "Un titre" not in markdown(blocks)
    speak("fr")
    assert "Un titre" in markdown(blocks)


def _case(folder: Path) -> str:
    path = folder / "case.yaml"
    path.write_text("case: a\nsender: {jurisdiction: CH}\nreceiver: {jurisdiction: BR}\n")
    return str(path)


def test_a_conversation_in_french(cache: Path, tmp_path: Path) -> None:
    law = write_law(tmp_path / "law")
    target = tmp_path / "cas.yaml"
    environment = {
        **os.environ,
        "MAYSHARE_CACHE": str(cache),
        "NO_COLOR": "1",
        "COLUMNS": "200",
        "LC_ALL": "fr_FR.UTF-8",
    }
    command = ["-m", "mayshare", "ask", "--from", "CH", "--to", "BR", "-o", str(target), "--policies", str(law)]
    child: Any = pexpect.spawn(
        sys.executable, [*command, "--no-builtin", "--as-of", "2026-03-02"], env=environment, cwd=str(ROOT), timeout=30,
        encoding="utf-8", echo=False,
    )  # fmt: skip

    def reply(expected: str, line: str) -> None:
        child.expect(expected)
        child.expect("> ")
        child.sendline(line)

    reply("secret professionnel de l'avocat", "pourquoi ?")
    reply("La réponse détermine si la transmission est possible", "et si oui ?")
    reply("Alors : refusé".replace(" :", "\N{NO-BREAK SPACE}:"), "peut-être")
    reply("n'est ni oui ni non", "non")
    reply("2\\. ", "retour")
    reply("retiré", "non")
    reply("4\\. ", "je ne sais pas")
    reply("5\\. ", "quitter")
    child.expect("INDÉTERMINÉ|SOUS CONDITIONS|REFUSÉ")
    child.expect("le cas est dans")
    child.expect(pexpect.EOF)
    child.close()
    assert "privileged: false" in target.read_text()


def test_a_phrase_can_be_copied_and_kept() -> None:
    import copy
    import pickle

    text = say("{sentence}.", sentence=count("{n} change", "{n} changes", 1))
    for again in (copy.deepcopy(text), pickle.loads(pickle.dumps(text))):
        assert isinstance(again, Phrase)
        assert again == "1 change."
    speak("fr")
    assert spoken(pickle.loads(pickle.dumps(text))) == "1 changement."
