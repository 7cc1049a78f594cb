"""What the performance figures come from; `make bench` runs it."""
