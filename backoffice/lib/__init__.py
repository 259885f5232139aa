"""Small libraries with no models and no business words: one topic a file."""
