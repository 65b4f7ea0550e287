"""The real programs, and the few stand-ins, that the tests start. One file a program."""
