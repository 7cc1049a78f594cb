"""What people open: the marts' extracts and the weekly report."""
