"""The register: what was sent and received, what follows from it, and when; append-only and hash-chained."""
