"""What is known of a map without opening it: its kind, its record, its place on the sky.

Standard library only.
"""
