"""How each kind sleeps: one YAML document a kind, read by config/recipes.py."""
