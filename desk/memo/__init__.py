"""The memorandum: an answer as a document that a lawyer signs."""
