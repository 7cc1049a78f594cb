"""The data flow, top to bottom: landing, catalog, weekly, marts, report."""
