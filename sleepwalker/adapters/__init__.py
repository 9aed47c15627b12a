"""The world: Kubernetes, databases, clocks. One outside thing a file; no decisions."""
