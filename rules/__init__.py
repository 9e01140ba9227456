"""What may be written: vocabulary, cases, policies, registry and scenarios, read with their places."""
