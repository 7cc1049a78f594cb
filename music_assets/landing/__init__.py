"""The way from outside into the landing: pages, resumable ingests, inboxes."""
