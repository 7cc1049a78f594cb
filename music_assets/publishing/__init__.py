"""Files that people open: the marts' extracts and the weekly report."""
