"""Calls to other people's servers: their pace, their ledger."""
