"""Blobs in a folder or in Azure, the paths of all of them, and their errors."""
