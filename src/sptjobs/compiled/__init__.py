"""Loops over pixels in C; where they were not compiled, NumPy does the same."""
