"""`stadspuls export`: a star schema for a data warehouse as Parquet files.

In: the published log of the store, and the registry. Out: fact files that are only ever added, and dimensions.
"""
