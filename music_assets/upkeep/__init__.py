"""Looking after what is stored: what is in quarantine, and what goes when its time has come."""
