"""The commands, one file each: read arguments, call, print."""
