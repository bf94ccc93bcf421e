"""Draws boards as Grafana would: their documents in, and what the servers answer; HTML with SVG out."""
