"""What sleepwalker costs, beside the cheapest program that could do the same: `make bench`.

On one real API server, in one sitting, the real `sleepwalker run --mode enforce` and a bare loop of the same PATCHes
take turns. When the server got the first and the last PATCH, and whose they were, says its audit log; when a change
could be seen says a watch of its own, `eye.py`. What is compared with a target is a ratio to the bare loop, wherever
that makes sense: absolute times don't travel. Nothing here is run by the tests, and no test asserts a time.
"""
