"""What runs the transforms: Polars, Spark, Databricks."""
