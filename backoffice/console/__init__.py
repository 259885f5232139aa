"""The operators' console: theme, sidebar, home page and tiles, shared admin building blocks."""
