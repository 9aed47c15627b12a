"""Values → text. Nothing here asks or decides."""
