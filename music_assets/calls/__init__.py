"""Calls to other people's servers: when each starts, what they have shown, what can go wrong."""
