"""Tests of the language server, spoken to as an editor does."""
