"""Boards on the real servers: what they ask is answered, and what is answered can be read."""
