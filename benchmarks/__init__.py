"""The programs that the performance figures in docs/ come from; `make bench` runs them."""
