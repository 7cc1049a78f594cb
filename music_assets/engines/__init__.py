"""Engines that run the transforms: Polars, Spark, Databricks."""
