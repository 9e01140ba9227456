"""The facts a case may state and a rule may test: data files beside this module, and their models."""

from .facts import ACTORS, Fact, FactKind, Judgement, Lookup, Tree, TreeValue, Vocabulary
from .load import load_vocabulary, vocabulary_files

__all__ = [
    "ACTORS",
    "Fact",
    "FactKind",
    "Judgement",
    "Lookup",
    "Tree",
    "TreeValue",
    "Vocabulary",
    "load_vocabulary",
    "vocabulary_files",
]
