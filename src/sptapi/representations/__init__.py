"""Records to documents: pure functions, no HTTP."""
