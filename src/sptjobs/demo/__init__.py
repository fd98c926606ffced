"""The demonstration behind `make demo`: the journey of a VO client."""
