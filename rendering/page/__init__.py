"""Answers and policies as HTML: one file, nothing loaded from elsewhere, nothing to run; one sheet for every page."""
