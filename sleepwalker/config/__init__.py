"""Files, environment and YAML → values. Bad text ends here, as a sentence with its place."""
