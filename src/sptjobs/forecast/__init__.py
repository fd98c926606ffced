"""What a request will find and cost, before anything is cut.

Standard library only: the API asks this for every request that a user writes.
"""
