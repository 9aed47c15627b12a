"""What sleepwalker decides, as values and pure functions.

Nothing here reads a clock, a file, a network or a setting; time comes in as `now`. The same snapshot and the same
`now` give the same plan, wherever it is asked for: in the controller, in a preview, in a simulated week.
"""
