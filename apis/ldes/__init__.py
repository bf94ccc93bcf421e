"""LDES 1.0: the published log of a dataset as an event stream of observations, in nodes that clients replicate.

In: the store's published order, the registry. Out: root, days and pages (TREE) in RDF and HTML; the members' shape.
"""
