"""What turns a resource into a landing: paging, checkpoints, quarantine."""
