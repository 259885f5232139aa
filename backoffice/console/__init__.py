"""The operators' console: theme, sidebar, home page with its tiles, shared admin building blocks."""
