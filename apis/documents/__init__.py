"""Documents of what has an identifier here: cities, datasets, sites, sensors, properties, datastreams, observations.

In: the path of an identifier, the registry, the store. Out: 303 to the thing's document; the document in RDF and HTML.
"""
