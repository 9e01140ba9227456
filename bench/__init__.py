"""The drafter's bench: lint, format, scenarios, coverage, mutation, language server and graph."""
