"""Transforms as jobs of a Databricks workspace."""
