"""What `mayshare new` writes: a model domestic policy, its scenarios, registry stubs and a case, with marks to be filled in."""
