"""sleepwalker puts Kubernetes workloads to sleep when nobody needs them, and wakes them exactly as they were, in time."""

__version__ = "0.1.0"
