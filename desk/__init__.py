"""The adviser's desk: interview, routes, what-if, memo and register."""
