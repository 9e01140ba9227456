"""Many cases at once: the columnar kernel, batches, SQL and Spark."""
