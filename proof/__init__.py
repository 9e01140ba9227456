"""For all and is there a case: verify, diff, compare, assess, gaps and timeline."""
