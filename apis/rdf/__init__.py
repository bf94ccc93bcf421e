"""RDF as it is written here.

In: values, quads. Out: literals; the same quads as TriG, Turtle, N-Quads and JSON-LD.
"""
