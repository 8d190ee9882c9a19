"""Small drawn parts, one a file: they know the theme and nothing of the worker's loop."""
