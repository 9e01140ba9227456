"""The language server: what an editor asks while a policy, a suite, a case or a registry file is written."""
