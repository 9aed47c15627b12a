"""What sleepwalker does: observe, plan, apply, record; and the ports through which it does it."""
