"""May this be shared, with whom, and on what conditions: cross-border information sharing as policy."""
