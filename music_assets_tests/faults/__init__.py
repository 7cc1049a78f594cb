"""Everything that can go wrong from outside, done on purpose.

`make test` runs a part of each kind, `make faults` all of it.
"""
