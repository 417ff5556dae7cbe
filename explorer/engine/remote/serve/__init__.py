"""`explorer serve`: a reader behind HTTP, for those who look from another machine."""
