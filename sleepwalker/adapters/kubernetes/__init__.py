"""A Kubernetes API server: seen through watches, written through merge patches.

The `kubernetes` package says where it is, who we are and whom to trust (credentials.py); requests go through a HTTP
session of our own, past the package's models. No decisions are made here.
"""

from sleepwalker.adapters.kubernetes import package as package
