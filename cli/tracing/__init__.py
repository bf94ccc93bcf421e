"""One reading followed through the running platform, by looking only: nothing is committed and nothing is written.

In: a sensor. Out: where its reading lies in Kafka, in the store and in the open data, or why it is in none of them.
"""
