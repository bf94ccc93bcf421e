"""`/{city}/{theme}/archive/`: each closed day of a dataset as Parquet and CSV, written once.

In: the published log and the history of the store. Out: files of days, their list, answers to Range requests.
"""
