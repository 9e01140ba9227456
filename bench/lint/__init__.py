"""Lint: what is well-formed and yet probably not meant, one file a family of checks, all listed in `registry`."""
