"""What a city needs to connect its sensors: its file made and extended, payloads explained, a pilot tried out.

In: city files, payloads, recordings, what was rejected. Out: text for city files, and explanations.
"""
