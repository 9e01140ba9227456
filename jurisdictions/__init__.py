"""The law, as data: one policy a jurisdiction, layers, registry and scenario suites."""
