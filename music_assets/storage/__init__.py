"""Blobs in a folder or in Azure: paths, versions, and what may go wrong."""
