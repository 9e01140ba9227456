"""Answers and errors as people read them: terminal, Markdown and, from the same blocks, further formats."""
