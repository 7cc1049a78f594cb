"""What turns an outside thing into a landing: pages, resumable ingests, inboxes."""
