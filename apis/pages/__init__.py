"""Pages: the published log of a dataset as linked data, in the shape of the Smart Flanders programme.

In: the store's published order, the registry. Out: TriG, Turtle, N-Quads, JSON-LD and HTML; closed pages never change.
"""
