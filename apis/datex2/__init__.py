"""DATEX II version 3: where cars can be parked, and what is vacant there now.

In: a parking dataset, its latest observations. Out: a message container with two publications, as XML.
"""
